export const shells = ["bash", "zsh", "fish"] as const;

/**
 * What each shell needs to ask `banger __complete`, which answers from the table of commands: a candidate a line, and `:files` where file names fit too.
 */
export const scripts: Readonly<Record<(typeof shells)[number], string>> = {
  bash: `# banger's completion for bash: source <(banger completion bash)
_banger() {
  local line files=
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then files=1; else COMPREPLY+=("$(printf '%q' "$line")"); fi
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ $files ]]; then
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
    compopt -o filenames 2>/dev/null
  fi
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[=:] ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _banger banger`,
  zsh: `#compdef banger
# banger's completion for zsh: source <(banger completion zsh)
_banger() {
  local line value files
  local -a found
  while IFS= read -r line; do
    if [[ $line == :files ]]; then files=1; continue; fi
    value=\${line%%$'\\t'*}
    if [[ $line == *$'\\t'* ]]; then
      found+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
    else
      found+=("\${value//:/\\\\:}")
    fi
  done < <("\${words[1]}" __complete --describe -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#found} )) && _describe banger found
  [[ -n $files ]] && _files
}
if [[ $funcstack[1] == _banger ]]; then _banger "$@"; else compdef _banger banger; fi`,
  fish: `# banger's completion for fish: banger completion fish | source
function __banger_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] __complete --describe -- $words[2..-1] $current 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path $current
        else
            printf '%s\\n' $line
        end
    end
end
complete -c banger -f -a '(__banger_complete)'`,
};
