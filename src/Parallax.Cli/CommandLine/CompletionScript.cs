using System.CommandLine;

namespace Parallax.Cli.CommandLine;

/// <summary>Scripts that have a shell complete commands, options and files.</summary>
internal static class CompletionScript
{
    private static readonly Dictionary<string, Action<TextWriter, IReadOnlyList<CommandPage>>> Writers = new()
    {
        ["bash"] = WriteBash,
        ["zsh"] = WriteZsh,
        ["fish"] = WriteFish,
    };

    /// <summary>The shells there are scripts for.</summary>
    public static IEnumerable<string> Shells => Writers.Keys;

    /// <summary>Writes the script for one of the <see cref="Shells"/>.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="shell">One of <see cref="Shells"/>.</param>
    /// <param name="pages">The program's page, then those of its commands.</param>
    public static void Write(TextWriter output, string shell, IReadOnlyList<CommandPage> pages) => Writers[shell](output, pages);

    private static void WriteBash(TextWriter output, IReadOnlyList<CommandPage> pages)
    {
        var commands = pages.Skip(1).ToList();
        output.WriteLine("# bash completion of parallax: source <(parallax completion bash)");
        output.WriteLine("_parallax()\n{");
        output.WriteLine("    local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD-1]} words= kind=words");
        output.WriteLine("    case $COMP_CWORD,${COMP_WORDS[1]} in");
        var names = commands.Select(page => page.Command.Name).Concat(NamesOf(pages[0]));
        output.WriteLine($"    1,*) words='{string.Join(' ', names)}' ;;");
        foreach (var page in commands)
        {
            output.WriteLine($"    *,{page.Command.Name})");
            output.WriteLine("        case $last in");
            var byKind = Completable.OptionsOf(page).GroupBy(Completable.KindOf);
            foreach (var options in byKind.Where(each => each.Key != CompletableKind.Nothing))
            {
                output.WriteLine($"        {string.Join('|', options.SelectMany(OptionNames.Of))}) kind={options.Key} ;;");
            }

            output.WriteLine($"        *) words='{string.Join(' ', NamesOf(page).Concat(Completable.WordsOf(page)))}'");
            output.WriteLine(Completable.TakesFiles(page) ? "           [[ $word == -* ]] || kind=Files ;;" : "           ;;");
            output.WriteLine("        esac ;;");
        }

        output.WriteLine("    esac");
        output.WriteLine("    COMPREPLY=()");
        output.WriteLine("    case $kind in");
        output.WriteLine("    Files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;");
        output.WriteLine("    Folders) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$word\") ;;");
        output.WriteLine("    words) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\") ;;");
        output.WriteLine("    esac\n}");
        output.WriteLine("complete -F _parallax parallax");
    }

    private static void WriteZsh(TextWriter output, IReadOnlyList<CommandPage> pages)
    {
        output.WriteLine("#compdef parallax");
        output.WriteLine("# zsh completion of parallax: source <(parallax completion zsh), after compinit");
        output.WriteLine("_parallax()\n{");
        output.WriteLine("    if (( CURRENT == 2 )); then");
        output.WriteLine("        local -a commands=(");
        foreach (var page in pages.Skip(1))
        {
            output.WriteLine($"            {Quoted($"{page.Command.Name}:{Completable.TextOf(page.Command)}")}");
        }

        output.WriteLine("        )");
        output.WriteLine("        _describe command commands");
        output.WriteLine("        return");
        output.WriteLine("    fi");
        output.WriteLine("    shift words; (( CURRENT-- ))");
        output.WriteLine("    case ${words[1]} in");
        foreach (var page in pages.Skip(1))
        {
            var specs = Completable.OptionsOf(page).SelectMany(ZshSpecs).ToList();
            var words = Completable.WordsOf(page);
            specs.AddRange(words.Count > 0 ? [$"*:word:({string.Join(' ', words)})"]
                : Completable.TakesFiles(page) ? ["*:file:_files"] : []);
            output.WriteLine($"    {page.Command.Name})");
            output.WriteLine($"        _arguments {string.Join(" \\\n            ", specs.Select(Quoted))} ;;");
        }

        output.WriteLine("    esac\n}");
        output.WriteLine("if [[ ${funcstack[1]} == _parallax ]]; then _parallax \"$@\"; else compdef _parallax parallax; fi");
    }

    private static IEnumerable<string> ZshSpecs(Option option)
    {
        var text = Completable.TextOf(option).Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("[", "\\[", StringComparison.Ordinal).Replace("]", "\\]", StringComparison.Ordinal);
        var value = Completable.KindOf(option) switch
        {
            CompletableKind.Nothing => "",
            CompletableKind.Files => ":file:_files",
            CompletableKind.Folders => ":folder:_files -/",
            _ => ":value:",
        };
        return OptionNames.Of(option).Select(name => $"*{name}[{text}]{value}");
    }

    private static void WriteFish(TextWriter output, IReadOnlyList<CommandPage> pages)
    {
        output.WriteLine("# fish completion of parallax: parallax completion fish | source");
        output.WriteLine("complete -c parallax -f");
        foreach (var page in pages.Skip(1))
        {
            var text = Completable.TextOf(page.Command);
            output.WriteLine($"complete -c parallax -n __fish_use_subcommand -a {page.Command.Name} -d {FishQuoted(text)}");
        }

        foreach (var page in pages.Skip(1))
        {
            var begin = $"complete -c parallax -n '__fish_seen_subcommand_from {page.Command.Name}'";
            foreach (var option in Completable.OptionsOf(page))
            {
                var names = OptionNames.Of(option).Select(name => name.Length > 2 ? $"-l {name[2..]}" : $"-s {name[1..]}");
                var value = Completable.KindOf(option) switch
                {
                    CompletableKind.Nothing => "",
                    CompletableKind.Files => " -r -F",
                    CompletableKind.Folders => " -x -a '(__fish_complete_directories)'",
                    _ => " -x",
                };
                output.WriteLine($"{begin} {string.Join(' ', names)}{value} -d {FishQuoted(Completable.TextOf(option))}");
            }

            if (Completable.TakesFiles(page))
            {
                output.WriteLine($"{begin} -F");
            }
            else if (Completable.WordsOf(page) is { Count: > 0 } words)
            {
                output.WriteLine($"{begin} -a '{string.Join(' ', words)}'");
            }
        }
    }

    private static IEnumerable<string> NamesOf(CommandPage page) => Completable.OptionsOf(page).SelectMany(OptionNames.Of);

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string FishQuoted(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
