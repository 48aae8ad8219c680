package wpcli

import (
	"context"
	_ "embed"
)

//go:embed activate.php
var activatePHP string

// ActivatePlugin activates an installed plugin in a boot that loads no plugins. What the plugin
// prints is no error, as it is to WordPress.
func (c *CLI) ActivatePlugin(ctx context.Context, slug string) error {
	_, err := c.Run(ctx, "--skip-plugins", "--skip-themes", execParameter(activatePHP),
		"plugin", "activate", slug)
	return err
}

// InstallPlugin installs and activates a plugin in a boot that loads no plugins. source is a slug,
// the path of a zip file, or a URL; version "" means the newest.
func (c *CLI) InstallPlugin(ctx context.Context, source, version string) error {
	args := []string{"--skip-plugins", "--skip-themes", "plugin", "install", source, "--activate"}
	if version != "" {
		args = append(args, "--version="+version)
	}
	_, err := c.Run(ctx, args...)
	return err
}
