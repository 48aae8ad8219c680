package cli

// appHelp is what --help prints: the commands, and where to begin.
const appHelp = `jetpack-start {{.Version}}: {{.Usage}}

usage: jetpack-start COMMAND [--flag=value…] [@alias]

commands:
{{range .VisibleCommands}}  {{printf "%-10s" .Name}}  {{.Usage}}
{{end}}
Run it in a WordPress docroot, with the partner's credentials in the environment:

  export JETPACK_PARTNER_ID=… JETPACK_PARTNER_SECRET=…
  jetpack-start doctor
  jetpack-start provision --user=admin --plan=premium

The result is JSON on standard output. Exit codes: 0 done (a connection that waits for the user is done), 1 failed,
2 wrong usage, 4 --wait ran out, 130 interrupted.

jetpack-start COMMAND --help lists a command's flags.
`

const commandHelp = `jetpack-start {{.Name}}: {{.Usage}}

usage: jetpack-start {{.Name}} [--flag=value…] {{.ArgsUsage}}
{{range .VisibleFlagCategories}}
{{if .Name}}{{.Name}}{{else}}flags{{end}}:
{{range .Flags}}  {{.}}
{{end}}{{end}}`

const groupHelp = `jetpack-start {{.HelpName}}: {{.Usage}}

commands:
{{range .VisibleCommands}}  {{printf "%-14s" .Name}}  {{.Usage}}
{{end}}`
