using System.CommandLine;
using Parallax.Documents;
using Parallax.Shadows.Clients;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Cli.CommandLine;

/// <summary>The option that says where copies go: a URL and, after commas, what holds for this target alone.</summary>
internal sealed class TargetSwitch(string name)
{
    private static readonly Dictionary<string, string> Values = new(StringComparer.Ordinal)
    {
        ["percent"] = "N",
        ["rate"] = "N/s",
        ["host"] = "MODE",
        ["timeout"] = "TIME",
        ["set-header"] = "NAME: VALUE",
        ["add-header"] = "NAME: VALUE",
        ["remove-header"] = "NAME",
    };

    private static readonly string Forms = string.Join(", ", Values.Select(each => $"{each.Key}={each.Value}"));

    /// <summary>The option.</summary>
    public Option<string[]> Option { get; } = new(name)
    {
        Description = "send a copy of each request to this URL (repeatable); what holds for this target alone follows after commas: "
            + string.Join(", ", Values.Keys),
        HelpName = "URL[,KEY=VALUE]",
    };

    /// <summary>The targets, each time others.</summary>
    /// <exception cref="UsageException">A URL or an option of a target is not right.</exception>
    public List<CopyTarget> TargetsOf(ParseResult parsed) =>
        [.. (parsed.GetValue(Option) ?? []).Select(text => TargetOf(parsed.CommandResult.Command, text))];

    private CopyTarget TargetOf(Command command, string text)
    {
        var parts = text.Split(',');
        var target = new CopyTarget { Url = Parsing.Value<ServerUrl>(Option, parts[0], ServerUrl.TryParse)! };
        var given = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in parts.Skip(1))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? part : part[..equals];
            if (!Values.TryGetValue(key, out var value))
            {
                throw new UsageException($"{Option.Name}: {ProblemOf(command, key)}");
            }

            if (equals < 0)
            {
                throw new UsageException($"{Option.Name}: {key} has no value; write {key}={value}");
            }

            if (!given.Add(key) && !key.EndsWith("-header", StringComparison.Ordinal))
            {
                throw new UsageException($"{Option.Name}: {key} is given twice for {target.Url}");
            }

            target = With(target, key, part[(equals + 1)..]);
        }

        return target;
    }

    private string ProblemOf(Command command, string key)
    {
        if (key.Contains("://", StringComparison.Ordinal))
        {
            return $"\"{key}\" is another URL; write {Option.Name} again for it";
        }

        if (command.Options.FirstOrDefault(option => option.Name == $"--{key}") is { } shared)
        {
            return $"{shared.Name} holds for all targets; one target may have {Forms}";
        }

        var nearest = Spelling.Nearest(key, Values.Keys);
        return $"\"{key}\" is no option of a target{(nearest is null ? "." : $"; did you mean \"{nearest}\"?")} Known are {Forms}";
    }

    private CopyTarget With(CopyTarget target, string key, string value) => key switch
    {
        "percent" => target with { Sampler = Sampler.TryParse(value, out var share, out var error) ? share : throw Wrong(key, error) },
        "rate" => target with { Rate = RateLimit.TryParse(value, out var rate, out var error) ? rate : throw Wrong(key, error) },
        "host" => target with { Host = HostOf(value) },
        "timeout" => target with { Timeout = Setting.TryDuration(value, out var time, out var error) ? time : throw Wrong(key, error) },
        "set-header" => With(target, HeaderEditKind.Set, key, value),
        "add-header" => With(target, HeaderEditKind.Add, key, value),
        _ => With(target, HeaderEditKind.Remove, key, value),
    };

    // In the order in which those for all targets are carried out, see PolicySwitches.EditsOf.
    private CopyTarget With(CopyTarget target, HeaderEditKind kind, string key, string value)
    {
        var edit = HeaderEdit.TryParse(kind, value, out var read, out var error) ? read : throw Wrong(key, error);
        return target with { Edits = [.. target.Edits.Append(edit).OrderBy(each => PolicySwitches.OrderOf(each.Kind))] };
    }

    // A name alone is that of a host; but for one that looks like a misspelt mode.
    private ShadowHost HostOf(string value)
    {
        if (ShadowHost.TryParse(value, out var host, out var error))
        {
            return host;
        }

        if (Spelling.Nearest(value, ["suffix", "same", "target"]) is { } mode)
        {
            throw Wrong("host", $"\"{value}\" may be {mode} misspelt; if it is a name write literal:{value}");
        }

        return ShadowHost.TryParse($"literal:{value}", out host, out _) ? host : throw Wrong("host", error);
    }

    private UsageException Wrong(string key, string error) => new($"{Option.Name}: {key}: {error}");
}
