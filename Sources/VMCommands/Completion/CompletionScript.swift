/// What each shell has to be told so that it asks `vmctl __complete`.
enum CompletionScript {
    static let shells = ["bash", "zsh", "fish"]

    static func text(_ shell: String) -> String {
        switch shell {
        case "zsh": zsh
        case "fish": fish
        default: bash
        }
    }

    private static let bash = #"""
        # bash completion for vmctl
        _vmctl() {
            local line files=no
            COMPREPLY=()
            while IFS= read -r line; do
                if [[ $line == $'\t' ]]; then files=yes; else COMPREPLY+=("$(printf '%q' "${line%%$'\t'*}")"); fi
            done < <("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
            if [[ $files == yes ]]; then
                compopt -o filenames 2> /dev/null
                while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
            fi
        }
        complete -F _vmctl vmctl

        """#

    private static let zsh = #"""
        #compdef vmctl
        _vmctl() {
            local line files=no
            local -a candidates
            while IFS= read -r line; do
                if [[ $line == $'\t' ]]; then
                    files=yes
                else
                    candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
                fi
            done < <("$words[1]" __complete -- "${(@)words[2,CURRENT]}" 2> /dev/null)
            (( $#candidates )) && _describe 'vmctl' candidates
            [[ $files == yes ]] && _files
        }
        if [[ $funcstack[1] == _vmctl ]]; then _vmctl "$@"; else compdef _vmctl vmctl; fi

        """#

    private static let fish = #"""
        # fish completion for vmctl
        function __vmctl_complete
            set -l words (commandline -opc) (commandline -ct)
            for line in (vmctl __complete -- $words[2..-1] 2> /dev/null)
                if test "$line" = \t
                    __fish_complete_path (commandline -ct)
                else
                    echo $line
                end
            end
        end
        complete -c vmctl -f -a '(__vmctl_complete)'

        """#
}
