# Completion of rhflow for bash 3.2 and newer; written by: rhflow completion bash
_rhflow_complete() {
    local word
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        COMPREPLY+=("$(printf '%q' "$word")")
    done < <(_RHFLOW_COMPLETE=bash "$1" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _rhflow_complete rhflow
