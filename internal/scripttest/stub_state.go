package scripttest

// wpState is the site of the stub wp, in the file site.json. The command site writes it. The fields
// are those of the answer of wpcli's probe; testdata/wordpress/state.php puts a real WordPress into
// the same state.
type wpState struct {
	SiteURL       string                   `json:"siteurl"`
	Home          string                   `json:"home"`
	AbsPath       string                   `json:"abspath"`
	Multisite     bool                     `json:"multisite"`
	FileMods      bool                     `json:"file_mods"`
	WordPress     string                   `json:"wordpress"`
	PHP           string                   `json:"php"`
	WPCLI         string                   `json:"wp_cli"`
	Plugins       map[string]wpStatePlugin `json:"plugins"`
	ActivePlugins []string                 `json:"active_plugins"`
	BlogID        int                      `json:"blog_id"`
	BlogToken     bool                     `json:"blog_token"`
	MasterUser    int                      `json:"master_user"`
	UserTokens    []int                    `json:"user_tokens"`
	OwnerExists   bool                     `json:"master_user_exists"`
	SafeMode      bool                     `json:"safe_mode"`
	AkismetKey    bool                     `json:"akismet_key"`
	VaultPressKey bool                     `json:"vaultpress_key"`
	User          *wpStateUser             `json:"user"`
	Light         bool                     `json:"light"`
	FullBecause   string                   `json:"full_because,omitempty"`

	Licenses []string `json:"licenses,omitempty"`
	// Attached holds the keys of each call that attached licenses.
	Attached [][]string `json:"attached,omitempty"`

	// VaultPressLoad is what VaultPress does when it is loaded without a key: "hangs", "requests"
	// or "kills", as the stand-in for a real WordPress.
	VaultPressLoad string `json:"vaultpress_load,omitempty"`
	// TokenRequests is how many requests, which nobody answers, storing the owner's token sends. -1
	// means that it hangs once the token is stored.
	TokenRequests int `json:"token_requests,omitempty"`

	// Fail makes a call fail: its words ("probe", "setup", "plugin activate jetpack") → what it
	// says on standard error.
	Fail map[string]string `json:"fail,omitempty"`
	// Hang is a call that takes a minute, or until it is stopped.
	Hang string `json:"hang,omitempty"`
	// Noise is printed before and after each answer.
	Noise string `json:"noise,omitempty"`
	// Garble replaces the output of the probe; MARKER in it is replaced by the marker.
	Garble string `json:"garble,omitempty"`
	// NoKeys means that plugins get no keys.
	NoKeys bool `json:"no_keys,omitempty"`
	// Stored is the user token that was stored.
	Stored string `json:"stored,omitempty"`
}

type wpStatePlugin struct {
	Installed bool   `json:"installed"`
	Active    bool   `json:"active"`
	Version   string `json:"version"`
}

type wpStateUser struct {
	ID            int    `json:"id"`
	Login         string `json:"login"`
	Email         string `json:"email"`
	Administrator bool   `json:"administrator"`
}

// wpUsers are the users of every site, as scripts/wordpress makes them.
var wpUsers = []wpStateUser{
	{1, "admin", "admin@example.com", true},
	{2, "editor1", "editor1@example.com", false},
}
