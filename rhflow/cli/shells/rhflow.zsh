#compdef rhflow
# Completion of rhflow for zsh; written by: rhflow completion zsh
_rhflow() {
    local line
    local -a words_found about_them
    while IFS= read -r line; do
        words_found+=("${line%%$'\t'*}")
        about_them+=("${line//$'\t'/  }")
    done < <(_RHFLOW_COMPLETE=zsh "${words[1]}" "${(@Q)words[2,CURRENT]}" 2>/dev/null)
    if (( $#words_found )); then
        compadd -l -d about_them -a words_found
    else
        _files
    fi
}
compdef _rhflow rhflow
