use std::{ffi::OsString, io, io::Write, path::Path};

use clap::Command;
use clap_complete::env::{Bash as ClapBash, EnvCompleter};

/// Bash, which breaks words at `:` and `=`. Model names contain `:`, so the script of clap_complete would
/// pass `llama3.2:3b` as three arguments.
pub(super) struct Bash;

const SCRIPT: &str = r#"_synod() {
    # COMP_WORDS breaks at `:`, `=` and `@`, which names of models and --option=value contain.
    local words=() last=-1 rest="${COMP_LINE:0:COMP_POINT}" before="" word piece glued i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
        glued=false
        if ((i > 0)) && [[ $rest != [[:space:]]* ]] &&
            [[ $word =~ ^[:=@]+$ || $piece =~ ^[:=@]+$ ]]; then
            glued=true
        fi
        rest="${rest#"${rest%%[![:space:]]*}"}"
        if ((i == COMP_CWORD)); then
            piece="$rest"
        else
            piece="$word"
        fi
        if [[ $glued == true ]]; then
            before="${words[last]}"
            words[last]="$before$piece"
        else
            before=""
            last=$((last + 1))
            words[last]="$piece"
        fi
        rest="${rest#"$word"}"
    done
    # Bash replaces only what follows the last break.
    if [[ $piece =~ ^[:=@]+$ ]]; then
        before="$before$piece"
    fi
    local candidate
    COMPREPLY=()
    while IFS= read -r candidate || [[ -n $candidate ]]; do
        candidate="${candidate#"$before"}"
        COMPREPLY+=("${candidate// /\\ }")
    done < <(SYNOD_COMPLETE=bash _CLAP_COMPLETE_INDEX=$last _CLAP_IFS=$'\n' \
        synod -- "${words[@]}" 2>/dev/null)
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *[/:=] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o bashdefault -o nosort -F _synod synod 2>/dev/null ||
    complete -o bashdefault -F _synod synod
"#;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        ClapBash.name()
    }

    fn is(&self, name: &str) -> bool {
        ClapBash.is(name)
    }

    /// Writes the script, which contains the name of the command already.
    fn write_registration(
        &self,
        _var: &str,
        _name: &str,
        _bin: &str,
        _completer: &str,
        script: &mut dyn Write,
    ) -> io::Result<()> {
        script.write_all(SCRIPT.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        candidates: &mut dyn Write,
    ) -> io::Result<()> {
        ClapBash.write_complete(command, words, folder, candidates)
    }
}
