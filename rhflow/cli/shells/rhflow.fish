# Completion of rhflow for fish; written by: rhflow completion fish
function __rhflow_complete
    set -l words (commandline -opc)
    set -l found (_RHFLOW_COMPLETE=fish $words (commandline -ct) 2>/dev/null)
    if test (count $found) -gt 0
        string join \n -- $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c rhflow -f -a '(__rhflow_complete)'
