using System.Text.RegularExpressions;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Tests.Routing;

/// <summary>The table with its indexes against the stupid loop over every host and every condition in its order.</summary>
public sealed class RoutingOracleTests
{
    private static readonly string[] Segments = ["a", "ab", "b", "A", "", "abc"];
    private static readonly string[] HostParts = ["a", "b", "example", "com"];

    [Fact]
    public void Find_RandomTables_AgreesWithTheLoop()
    {
        var found = 0;
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            VirtualHostConfig[] hosts = [.. Hostnames(random).Select(name => Tables.Host(name, [.. Routes(random)]))];
            var table = Tables.Of(hosts);
            for (var time = 0; time < 40; time++)
            {
                var host = string.Join('.', Enumerable.Range(0, random.Next(1, 4)).Select(_ => HostParts[random.Next(4)]));
                var (path, method, header) = (PathOf(random), random.Next(2) == 0 ? "GET" : "PUT", random.Next(3));
                var request = new ReadRequest($"{method} {path}?q=1 HTTP/1.1\r\nHost: {host}\r\nx: {header}\r\n\r\n");
                var hit = request.Find(table);
                var (route, matched) = Loop(hosts, host, path, method, $"{header}");
                Assert.True(
                    route == hit.Route?.Config.Name && (route is null || matched == hit.MatchedPrefix),
                    $"seed {seed}: {host} {method} {path}");
                found += route is null ? 0 : 1;
            }
        }

        Assert.InRange(found, 5_000, 19_000);
    }

    private static (string? Name, int Matched) Loop(VirtualHostConfig[] hosts, string host, string path, string method, string header)
    {
        var best = hosts
            .Where(each => Fits(each.Hostnames[0], host))
            .MaxBy(each => each.Hostnames[0] == host ? 1000 : each.Hostnames[0].Length);
        foreach (var route in best?.Routes ?? [])
        {
            foreach (var match in route.Matches.Count == 0 ? [new()] : route.Matches)
            {
                if ((match.Method is null || match.Method.Value == method)
                    && match.Headers.All(each => each.Value.Value == header)
                    && Fits(match.Path, path) is { } matched)
                {
                    return (route.Name, matched);
                }
            }
        }

        return (null, 0);
    }

    private static bool Fits(string hostname, string host) =>
        hostname == host
        || hostname == "*"
        || (hostname[0] == '*' && host.Length >= hostname.Length && host.EndsWith(hostname[1..], StringComparison.Ordinal));

    private static int? Fits(TextMatchConfig? match, string path)
    {
        if (match is null)
        {
            return path.Length;
        }

        var comparison = match.IgnoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        var prefix = match.Value.TrimEnd('/');
        return match.Kind switch
        {
            TextMatchKind.Exact => path.Equals(match.Value, comparison) ? path.Length : null,
            TextMatchKind.Prefix => path.StartsWith(match.Value, comparison) ? match.Value.Length : null,
            TextMatchKind.SegmentPrefix => (path + "/").StartsWith(prefix + "/", comparison) ? prefix.Length : null,
            _ => Regex.IsMatch(path, $"^(?:{match.Value})$") ? path.Length : null,
        };
    }

    private static HashSet<string> Hostnames(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(6) switch
        {
            0 => "*",
            < 4 => "*." + string.Join('.', Enumerable.Range(0, random.Next(1, 3)).Select(_ => HostParts[random.Next(4)])),
            _ => string.Join('.', Enumerable.Range(0, random.Next(1, 3)).Select(_ => HostParts[random.Next(4)])),
        })];

    private static IEnumerable<RouteConfig> Routes(Random random) => Enumerable.Range(0, random.Next(12)).Select(index =>
        Tables.Route($"{index}", [.. Enumerable.Range(0, random.Next(3) + (index % 4 == 0 ? 0 : 1)).Select(_ => MatchOf(random))]));

    private static RouteMatchConfig MatchOf(Random random)
    {
        var path = PathOf(random);
        return new RouteMatchConfig
        {
            Path = random.Next(8) switch
            {
                0 => null,
                1 => new(TextMatchKind.Regex, path.Replace('a', '.')),
                2 => new(TextMatchKind.Exact, path, IgnoresCase: true),
                3 => new(TextMatchKind.Prefix, path, IgnoresCase: true),
                4 => new(TextMatchKind.Prefix, path),
                5 => new(TextMatchKind.Exact, path),
                _ => new(TextMatchKind.SegmentPrefix, path),
            },
            Method = random.Next(3) == 0 ? new(TextMatchKind.Exact, "PUT") : null,
            Headers = random.Next(3) == 0 ? [new("x", new(TextMatchKind.Exact, $"{random.Next(3)}"))] : [],
        };
    }

    private static string PathOf(Random random) =>
        "/" + string.Join('/', Enumerable.Range(0, random.Next(4)).Select(_ => Segments[random.Next(Segments.Length)]));
}
