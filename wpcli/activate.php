<?php
// Discards what is printed while a plugin is activated. WordPress would report it as an error, although the plugin is active.
WP_CLI::add_wp_hook(
	'activated_plugin',
	function () {
		if ( ob_get_level() ) {
			ob_clean();
		}
	},
	PHP_INT_MAX
);
