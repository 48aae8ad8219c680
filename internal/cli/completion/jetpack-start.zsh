#compdef jetpack-start
# zsh completion of jetpack-start. To install it, with a directory in $fpath:
# jetpack-start completion zsh > DIRECTORY/_jetpack-start
_jetpack-start() {
    local line word text order program=${(Q)words[1]}
    local -a given plain open
    program=${program/#\~/$HOME}
    given=("${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}")
    # Complete only the part after the =.
    local flag=
    if [[ $PREFIX == -*=* ]]; then
        flag=${PREFIX%%=*}=
        IPREFIX+=$flag
        PREFIX=${PREFIX#*=}
    fi
    # Through a pipe, because the line may contain a secret and arguments are visible to other users.
    for line in "${(@f)$(print -rN -- "${given[@]}" | $program __complete 2>/dev/null)}"; do
        word=${line%%$'\t'*}
        text=${line#*$'\t'}
        case $word in
            '') continue ;;
            :*) order=$word; continue ;;
        esac
        word=${word#$flag}
        line=${word//:/\\:}
        [[ -n $text ]] && line+=:$text
        if [[ $word == *= ]]; then open+=("$line"); else plain+=("$line"); fi
    done
    local found=1
    case $order in
        :files) _files && found=0 ;;
        :folders) _files -/ && found=0 ;;
    esac
    (($#plain)) && _describe -t arguments argument plain && found=0
    (($#open)) && _describe -t flags flag open -S '' && found=0
    return found
}
if [[ $funcstack[1] == _jetpack-start ]]; then
    _jetpack-start "$@"
else
    compdef _jetpack-start jetpack-start
fi
