// The scripts that bash and PowerShell load to complete our commands. Ours, because what stands on somebody's command line must be
// handed over word by word and never evaluated: a `$(…)` or a `> file` that is being typed is text, not a command. (Those of the
// library for zsh and fish quote what they pass on.) What is proposed comes a line each, `<proposal>TAB<description>`, and then a
// line of the library's own that begins with a colon.

export const safeScripts: Readonly<Record<string, string>> = {
  bash: `# bash completion for processor
_processor_complete() {
    local current="\${COMP_WORDS[COMP_CWORD]}" proposal
    COMPREPLY=()
    while IFS=$'\\t' read -r proposal _; do
        if [[ "$proposal" != :* && "$proposal" == "$current"* ]]; then COMPREPLY+=("$proposal"); fi
    done < <(processor complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _processor_complete processor
`,
  powershell: `# PowerShell completion for processor
Register-ArgumentCompleter -Native -CommandName processor -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.Extent.Text })
    if ($wordToComplete -eq '') { $words += '' }
    & processor complete -- @words 2>$null | Where-Object { $_ -notmatch '^:' } | ForEach-Object {
        $value, $description = $_ -split "\`t", 2
        if (-not $description) { $description = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
    }
}
`,
};
