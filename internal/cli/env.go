package cli

// The environment variables that the program reads, apart from those that Go's libraries read
// (SSL_CERT_FILE and the proxy variables).
const (
	envPartnerID     = "JETPACK_PARTNER_ID"
	envPartnerSecret = "JETPACK_PARTNER_SECRET"
	envSecretFile    = "JETPACK_PARTNER_SECRET_FILE"
	envAPIHost       = "JETPACK_START_API_HOST"
	envAPIURL        = "JETPACK_START_API_URL"
	envCacheDir      = "JETPACK_START_CACHE_DIR"
	envWPCLI         = "JETPACK_START_WP_CLI"
	envRunAs         = "JETPACK_START_RUN_AS"
	envProbe         = "JETPACK_START_PROBE"
	envWPEnv         = "JETPACK_START_WP_ENV"
	envSSHPass       = "JETPACK_START_SSH_PASS"
	envFTPPass       = "JETPACK_START_FTP_PASS"
	envScriptDir     = "JETPACK_START_SCRIPT_DIR"
	envLicensing     = "JETPACK_LICENSING_TOKEN"
	envTokenFile     = "JETPACK_LICENSING_TOKEN_FILE"
	envLedger        = "JETPACK_START_LEDGER"
	envExpectURL     = "JETPACK_START_EXPECT_URL"
	envStrict        = "JETPACK_START_STRICT_IDENTITY"

	// These are for callers that pass no flags: the drop-ins, and the first for the WHMCS module.
	envAPITimeout = "JETPACK_START_API_TIMEOUT"
	envWPTimeout  = "JETPACK_START_WP_TIMEOUT"

	envSetupTimeout   = "JETPACK_START_SETUP_TIMEOUT"
	envRequestTimeout = "JETPACK_START_PLUGIN_REQUEST_TIMEOUT"
)

// apiFromEnv returns the API's base URL from the environment, "" if it isn't set there, and the
// Host header to send. A host is always called over HTTPS, with public-api.wordpress.com as the
// Host header, as the old scripts did (docs/contract.md, "The old scripts").
func apiFromEnv(getenv func(string) string) (base, hostHeader string) {
	if base = getenv(envAPIURL); base != "" {
		return base, ""
	}
	if host := getenv(envAPIHost); host != "" {
		return "https://" + host, "public-api.wordpress.com"
	}
	return "", ""
}
