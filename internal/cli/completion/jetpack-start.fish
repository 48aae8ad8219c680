# fish completion of jetpack-start. To install it:
# jetpack-start completion fish > ~/.config/fish/completions/jetpack-start.fish
function __jetpack_start_complete
    set -l given (commandline -opc)
    set -l current (commandline -ct | string trim -l -c '"\'')
    set -l program (string replace -r '^~(?=/)' $HOME -- $given[1])
    set -e given[1]
    set -l flag
    set -l value "$current"
    if string match -qr -- '^-[^=]*=' "$current"
        set flag (string replace -r '=.*' '=' -- $current)
        set value (string replace -r '^[^=]*=' '' -- $current)
    end
    # Through a pipe, because the line may contain a secret and arguments are visible to other users.
    for line in (printf '%s\0' $given "$current" | $program __complete 2>/dev/null)
        switch $line
            case ':files*'
                printf "$flag%s\n" (__fish_complete_path "$value")
            case ':folders*'
                printf "$flag%s\n" (__fish_complete_directories "$value" '')
            case '*'
                printf '%s\n' $line
        end
    end
end
complete -c jetpack-start -f -a '(__jetpack_start_complete)'
