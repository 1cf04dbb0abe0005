"""Scripts of the shells that the command completes in; they ask the command itself.

Typer's own are used for the other shells. For bash and zsh they put a space after `prompt=`, and in
bash they get a field and its value as two words. The answer is asked for in the form for fish: a
value a line, and after a tab a few words about it.
"""

# Bash replaces only what stands after its last word break; of an @ it takes the @ along.
BASH = r"""_killatamata_completion() {
    local IFS=$'\n' line=${COMP_LINE:0:COMP_POINT} word prefix= mark head space=$'\x01'
    word=${line//\\ /$space}
    word=${word##* }
    for mark in : = @; do
        [[ $COMP_WORDBREAKS == *"$mark"* && $word == *"$mark"* ]] || continue
        head=${word%"${word##*"$mark"}"}
        head=${head%@}
        [[ ${#head} -gt ${#prefix} ]] && prefix=$head
    done
    prefix=${prefix//$space/ }
    COMPREPLY=()
    while read -r word; do
        word=${word%%$'\t'*}
        word=${word#"$prefix"}
        [[ -n $word ]] || continue
        # Of ~/a*b the part before the slash is a home folder, and no part of a name.
        head=
        [[ $word == \~*/* ]] && head=${word%%/*}
        word=${word#"$head"}
        [[ $word == *[]\ \'\"\\\$\&\;\(\)\<\>\|\`*?[!#{}]* || $word == \~* ]] &&
            printf -v word %q "$word"
        word=$head$word
        COMPREPLY+=("$word")
    done < <( env _TYPER_COMPLETE_ARGS="$line" _TYPER_COMPLETE_FISH_ACTION=get-args \
                  _KILLATAMATA_COMPLETE=complete_fish "$1" 2>/dev/null )
    # The bash of macOS, 3.2, has no compopt.
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=@/] ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o default -F _killatamata_completion killatamata
"""
# Loaded from a folder of $fpath, the file is the body of the function and has to call it.
ZSH = r"""#compdef killatamata
_killatamata() {
    local -a offers closed closed_words open open_words
    local offer value
    offers=("${(@f)$(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" \
        _TYPER_COMPLETE_FISH_ACTION=get-args _KILLATAMATA_COMPLETE=complete_fish \
        "${words[1]}" 2>/dev/null)}")
    for offer in ${(@)offers:#}; do
        value=${offer%%$'\t'*}
        if [[ $value == *[=@/] ]]; then
            open+=("$value") open_words+=("${offer/$'\t'/  }")
        else
            closed+=("$value") closed_words+=("${offer/$'\t'/  }")
        fi
    done
    (( $#open + $#closed )) || { _files; return }
    (( $#closed )) && compadd -l -d closed_words -- "${(@)closed}"
    (( $#open )) && compadd -l -d open_words -S '' -- "${(@)open}"
    return 0
}
if [ "$funcstack[1]" = "_killatamata" ]; then
    _killatamata "$@"
else
    compdef _killatamata killatamata
fi
"""
