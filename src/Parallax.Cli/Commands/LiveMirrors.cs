using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Parallax.Cli.Admin;
using Parallax.Cli.CommandLine;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;
using Parallax.Runs.Proxying;

namespace Parallax.Cli.Commands;

/// <summary>The mirrors of a proxy without documents, shown and changed at its admin port. A change is the command line with other options:
/// it is checked as one, and holds until the proxy ends.</summary>
/// <remarks>Thread safety: belongs to the admin port's thread.</remarks>
/// <param name="start">The command line that the proxy was started with.</param>
/// <param name="changeable">The options that may be given other values.</param>
/// <param name="build">Makes the configuration of a command line; throws <see cref="UsageException"/> when that is not right.</param>
internal sealed class LiveMirrors(ParseResult start, IReadOnlyList<Option> changeable, Func<ParseResult, ProxyConfig> build)
{
    private const string Path = "/mirrors";

    private ParseResult _now = start;

    /// <summary>Shows the mirrors, and changes them.</summary>
    public IEnumerable<AdminResource> Of(ProxyRun run) =>
    [
        new("GET", Path, () => AdminAnswer.Text(200, Describe(run.Configuration))),
        new("POST", Path, query => Change(run, query)) { IsLocal = true },
    ];

    private static string Describe(ProxyConfig config)
    {
        var mirrors = config.Listeners[0].Servers[0].VirtualHosts[0].Routes[0].Mirrors;
        return mirrors.Count == 0 ? "no mirrors" : string.Join('\n', mirrors.Select(mirror => Describe(mirror, config)));
    }

    private static string Describe(MirrorConfig mirror, ProxyConfig config)
    {
        var cluster = config.Clusters.First(each => each.Name == mirror.Cluster);
        return string.Create(CultureInfo.InvariantCulture, $"{mirror.Name} {cluster.Host}:{cluster.Port} {mirror.Sampler.ToPercent()}");
    }

    private AdminAnswer Change(ProxyRun run, string query)
    {
        try
        {
            var next = With(Read(query));
            var config = build(next);
            run.Replace(config);
            _now = next;
            return AdminAnswer.Text(202, $"in force within a second, unless the log says otherwise:\n{Describe(config)}");
        }
        catch (UsageException fault)
        {
            return AdminAnswer.Text(400, $"{fault.Message}; what was in force stays in force");
        }
    }

    // The options in the order in which they are first named, with their values; none for those that are to be as if they were not given.
    private List<(Option Option, List<string> Values)> Read(string query)
    {
        var read = new List<(Option Option, List<string> Values)>();
        foreach (var part in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? part : part[..equals];
            var option = changeable.FirstOrDefault(each => each.Name == $"--{name}") ?? throw new UsageException(ProblemOf(name));
            var at = read.FindIndex(each => each.Option == option);
            if (at < 0)
            {
                at = read.Count;
                read.Add((option, []));
            }

            if (equals >= 0 && Uri.UnescapeDataString(part[(equals + 1)..]) is { Length: > 0 } value)
            {
                read[at].Values.Add(value);
            }
        }

        return read.Count > 0 ? read : throw new UsageException(
            $"nothing is to be changed: write it like {Path}?percent=25 or {Path}?mirror=http://HOST:PORT,percent=5");
    }

    private string ProblemOf(string name)
    {
        var names = changeable.Select(option => option.Name[2..]).ToList();
        var nearest = Spelling.Nearest(name, names);
        return $"\"{name}\" cannot be changed here{(nearest is null ? "" : $"; did you mean {nearest}?")}; these can: "
            + string.Join(", ", names);
    }

    private ParseResult With(List<(Option Option, List<string> Values)> changes)
    {
        var kept = _now.CommandResult.Children.OfType<OptionResult>()
            .Where(given => !given.Implicit && changes.TrueForAll(change => change.Option != given.Option))
            .SelectMany(given => ArgumentsOf(given.Option, [.. given.Tokens.Select(token => token.Value)]));
        var parsed = _now.CommandResult.Command.Parse(
            [.. kept, .. changes.Where(change => change.Values.Count > 0).SelectMany(change => ArgumentsOf(change.Option, change.Values))]);
        return UsageText.ProblemOf(parsed) is { } problem ? throw new UsageException(problem) : parsed;
    }

    private static IEnumerable<string> ArgumentsOf(Option option, List<string> values) =>
        values.Count == 0 ? [option.Name] : values.Select(value => $"{option.Name}={value}");
}
