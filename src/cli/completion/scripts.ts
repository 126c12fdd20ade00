/** What makes the shells ask `labkeep complete` at every Tab. */

const bash = `# Completion of labkeep for bash. In ~/.bashrc:  source <(labkeep completion bash)
_labkeep() {
  local value about part before= at glue=
  local -a words=()
  COMPREPLY=()
  # bash cuts words at : = and @; here they are put together again, and only the last part is replied.
  for ((at = 1; at <= COMP_CWORD; at++)); do
    part=\${COMP_WORDS[at]}
    if ((at == COMP_CWORD)) && [[ \${COMP_LINE:COMP_POINT-1:1} == [[:space:]] ]]; then glue=; fi
    if ((\${#words[@]})) && [[ -n $glue || $part == [:=@]* ]]; then
      before=\${words[-1]}
      words[-1]+=$part
    else
      before=
      words+=("$part")
    fi
    if [[ $part == [:=@]* ]]; then glue=1 before=\${words[-1]}; else glue=; fi
  done
  while IFS=$'\\t' read -r value about; do
    COMPREPLY+=("\${value#"$before"}")
  done < <("\${COMP_WORDS[0]}" complete "\${words[@]}" 2>/dev/null)
  if [[ \${COMPREPLY[0]-} == :files ]]; then
    COMPREPLY=()
    compopt -o default
  elif [[ \${COMPREPLY[0]-} == *[/=] ]]; then
    compopt -o nospace
  fi
}
complete -o nosort -F _labkeep labkeep
`;

const zsh = `#compdef labkeep
# Completion of labkeep for zsh. In ~/.zshrc, after compinit:  source <(labkeep completion zsh)
_labkeep() {
  local -a lines values prefixes
  local line value
  lines=("\${(@f)$("\${words[1]}" complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ \${lines[1]} == :files ]]; then
    _files
    return
  fi
  for line in $lines; do
    [[ -n $line ]] || continue
    value=\${line%%$'\\t'*}
    if [[ $value == *[/=] ]]; then
      prefixes+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
    else
      values+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done
  (( $#prefixes )) && _describe -V project prefixes -S ''
  (( $#values )) && _describe -V labkeep values
}
if [[ \${funcstack[1]} == _labkeep ]]; then
  _labkeep "$@"
else
  compdef _labkeep labkeep
fi
`;

const fish = `# Completion of labkeep for fish. In ~/.config/fish/config.fish:  labkeep completion fish | source
function __labkeep_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines ($words[1] complete $words[2..-1] 2>/dev/null)
    if test "$lines[1]" = :files
        __fish_complete_path (commandline -ct)
    else if set -q lines[1]
        printf '%s\\n' $lines
    end
end
complete -c labkeep -f -k -a '(__labkeep_complete)'
`;

export const completionScripts = { bash, zsh, fish } as const;
