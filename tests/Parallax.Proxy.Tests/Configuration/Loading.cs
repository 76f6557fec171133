using System.Text;
using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.Listeners;
using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>Loads documents from texts.</summary>
internal static class Loading
{
    /// <summary>Loads one text as standard input.</summary>
    public static LoadedConfiguration Load(string yaml, LoadOptions? options = null) => ConfigurationLoader.Load(
        ["-"], (options ?? new()) with { StandardInput = new MemoryStream(Encoding.UTF8.GetBytes(yaml)) });

    /// <summary>Loads one text that must be without errors.</summary>
    public static ProxyConfig Config(string yaml, LoadOptions? options = null)
    {
        var loaded = Load(yaml, options);
        Assert.True(loaded.Config is not null, string.Join('\n', loaded.Findings));
        return loaded.Config;
    }

    /// <summary>Endpoints as the command line gives them.</summary>
    public static LoadOptions Resolving(params string[] texts) => new()
    {
        Endpoints = [.. texts.Select(text => EndpointOverride.TryParse(text, out var endpoint, out var error)
            ? endpoint
            : throw new InvalidOperationException(error))],
    };

    /// <summary>The sockets as the command line gives them.</summary>
    public static ListenerMap Listening(params string[] rules) => rules.Aggregate(
        ListenerMap.Default,
        (map, rule) => map.TryAdd(rule, out var longer, out var error) ? longer : throw new InvalidOperationException(error));

    /// <summary>Code, line and severity of each finding, as tests compare them: <c>W REF303 12</c>.</summary>
    public static IEnumerable<string> Short(LoadedConfiguration loaded) =>
        loaded.Findings.Select(each => $"{each.Severity.ToString()[0]} {each.Code} {each.Position.Line}");
}
