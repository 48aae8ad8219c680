package cli

// examples are the examples in the help, the reference and the man pages, by the command's path.
var examples = map[string][]struct{ text, line string }{
	"provision": {
		{
			"a plan for the WordPress in this directory",
			"jetpack-start provision --user=admin --plan=premium",
		},
		{
			"request the status first, so that it can be repeated; wait for the user's approval",
			"jetpack-start provision --user=admin --plan=premium --check --wait=10m",
		},
		{
			"a site in a container",
			"jetpack-start provision --ssh=docker:web --path=/var/www/html --user=1 " +
				"--plan=jetpack-scan",
		},
		{"print the steps only", "jetpack-start provision --user=admin --plan=premium --dry-run"},
	},
	"cancel": {
		{"the plan of the WordPress in this directory", "jetpack-start cancel"},
		{
			"one product of any site",
			"jetpack-start cancel --siteurl=https://example.com --plan=jetpack-scan",
		},
		{
			"everything that this partner provisioned for a site",
			"jetpack-start cancel --blog-id=1234567 --all",
		},
	},
	"activate": {
		{
			"once the user has approved the connection",
			"jetpack-start activate --path=/var/www/example.com",
		},
	},
	"status": {
		{"the site and the API side by side", "jetpack-start status"},
		{
			"what the API knows of a site, for a script",
			"jetpack-start status --siteurl=https://example.com --format=json",
		},
	},
	"doctor": {{"before the first provision", "jetpack-start doctor"}},
	"license issue": {
		{
			"a license for an order; the same command again returns the same license",
			"jetpack-start license issue jetpack-scan --reference=order-1027",
		},
	},
	"license show": {
		{
			"when it was revoked, if it was",
			"jetpack-start license show jetpack-scan_0123456789abcdefghijklmno --field=revoked_at",
		},
	},
	"license revoke": {
		{
			"in a script, without confirmation",
			"jetpack-start license revoke jetpack-scan_0123456789abcdefghijklmno --yes",
		},
	},
	"license attach": {
		{
			"to a site",
			"jetpack-start license attach jetpack-scan_0123456789abcdefghijklmno " +
				"https://example.com",
		},
	},
	"license detach": {
		{
			"before a move to another site",
			"jetpack-start license detach jetpack-scan_0123456789abcdefghijklmno --no-email",
		},
	},
	"license set": {
		{
			"issue one and add it to the WordPress here",
			"jetpack-start license set --issue=jetpack-scan --reference=order-1027",
		},
	},
	"license list": {
		{
			"requests with an unknown outcome",
			"jetpack-start license list --state=unknown --format=json",
		},
	},
	"license reconcile": {
		{"the calls with an unknown outcome", "jetpack-start license reconcile"},
		{"entry 12 created nothing", "jetpack-start license reconcile 12 --void"},
	},
	"product list": {{"only the slugs", "jetpack-start product list --field=slug"}},
	"site connect": {
		{
			"without a user's approval, for licenses",
			"jetpack-start site connect https://example.com --user=admin",
		},
	},
	"partner-key create": {
		{
			"for a reseller, with the secret in a file",
			"jetpack-start partner-key create --name=reseller-7 --premium=50 " +
				"--secret-file=reseller-7.secret",
		},
	},
	"partner-key verify": {{"before a batch of calls", "jetpack-start partner-key verify"}},
	"upgrade-paths": {
		{
			"the plans that the WordPress here can be given",
			"jetpack-start upgrade-paths --field=product",
		},
	},
	"credentials set-ssh": {
		{
			"for the backups of the WordPress here",
			"jetpack-start credentials set-ssh --host=web1.example.com --user=backup " +
				"--private-key=backup.key",
		},
	},
	"credentials set-ftp": {
		{
			"for the backups of a site that is elsewhere",
			"jetpack-start credentials set-ftp --blog-id=1234567 --host=ftp.example.com " +
				"--user=backup --pass-file=backup.pass",
		},
	},
	"magic-link": {{"to a user", "jetpack-start magic-link user@example.com"}},
	"errors": {
		{"one code, from the built-in table", "jetpack-start errors invalid_siteurl --offline"},
	},
	"sandbox": {
		{
			"a partner API on loopback, with its URL in a file",
			"jetpack-start sandbox --http --partner=demo:secret --addr-out=/tmp/sandbox-url",
		},
	},
	"completion": {
		{"for bash, in ~/.bashrc", `eval "$(jetpack-start completion bash)"`},
		{
			"for zsh, to a directory in $fpath",
			"jetpack-start completion zsh > ~/.zfunc/_jetpack-start",
		},
		{
			"for fish",
			"jetpack-start completion fish > ~/.config/fish/completions/jetpack-start.fish",
		},
	},
	"help": {
		{"the help of a nested command", "jetpack-start help license issue"},
		{"the environment variables", "jetpack-start help environment"},
	},
	"version": {{"for a bug report", "jetpack-start version"}},
}

// environment are the variables that no flag's usage names.
var environment = []struct{ name, text string }{
	{
		envCacheDir,
		"directory of the token cache and the site locks (default: XDG_CACHE_HOME/jetpack-start, " +
			"or HOME/.cache/jetpack-start; for root " + rootState + " and " + rootLocks + ")",
	},
	{
		envAPITimeout,
		"timeout per request of the drop-in scripts and the whmcs commands, such as 90s or 90",
	},
	{envWPTimeout, "timeout per call of wp of the drop-in scripts, such as 10m or 600"},
	{envSetupTimeout, "timeout of the drop-in scripts' boot that sets up plugins (default: 1m)"},
	{
		envRequestTimeout,
		"timeout per HTTP request of plugins in that boot of the drop-in scripts (default: 10s)",
	},
	{"NO_COLOR", "no color and no progress"},
	{"SSL_CERT_FILE", "file of CA certificates to trust instead of the system's"},
	{"HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "proxies, as Go reads them"},
}
