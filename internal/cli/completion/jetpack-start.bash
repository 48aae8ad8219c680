# bash completion of jetpack-start. In ~/.bashrc: eval "$(jetpack-start completion bash)"
# shellcheck shell=bash
_jetpack_start() {
    local rest=$COMP_LINE words=() word blank i
    # Bash also splits words at = and :, so join what no blank separates.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        blank=${rest%%[![:blank:]]*}
        rest=${rest#"$blank"}
        if ((i == COMP_CWORD && COMP_POINT >= ${#COMP_LINE} - ${#rest})); then
            word=${word:0:COMP_POINT - ${#COMP_LINE} + ${#rest}}
        fi
        rest=${rest#"$word"}
        word=${word//[\"\'\\]/}
        if [[ -n $blank || ${#words[@]} -eq 0 ]]; then
            words+=("$word")
        else
            words[${#words[@]} - 1]+=$word
        fi
    done

    # Readline completes only the part after the last =, so leave out what is before it.
    local current=${words[${#words[@]} - 1]} flag='' there=''
    if [[ $current == -*=* ]]; then
        flag=${current%%=*}=
        [[ $COMP_WORDBREAKS == *=* ]] && there=$flag
    fi

    COMPREPLY=()
    local program=${words[0]/#\~/$HOME} kind path
    # Through a pipe, because the line may contain a secret and arguments are visible to other users.
    while IFS=$'\t' read -r word _; do
        case $word in
        :files | :folders)
            compopt -o filenames 2>/dev/null
            kind=-f
            [[ $word == :folders ]] && kind=-d
            while IFS= read -r path; do
                path=$flag$path
                COMPREPLY+=("${path#"$there"}")
            done < <(compgen "$kind" -- "${current#"$flag"}")
            ;;
        *) COMPREPLY+=("${word#"$there"}") ;;
        esac
    done < <(printf '%s\0' "${words[@]:1}" | "$program" __complete 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}
complete -F _jetpack_start jetpack-start
