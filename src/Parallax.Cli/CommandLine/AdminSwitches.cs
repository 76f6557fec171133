using System.CommandLine;
using System.Net;

namespace Parallax.Cli.CommandLine;

/// <summary>The options of the admin port.</summary>
/// <param name="resources">What it answers.</param>
internal sealed class AdminSwitches(string resources)
{
    private const int DefaultPort = 9901;
    private const string AnyBelow = "*.";

    private readonly Option<string?> _address = new("--admin")
    {
        Description = $"answer {resources} here; on loopback unless an address is given",
        HelpName = "[ADDRESS:]PORT",
    };

    private readonly Option<string[]> _hosts = new("--admin-host")
    {
        Description = "a name by which browsers may ask the admin port, *.DOMAIN for all below a domain (repeatable)",
        HelpName = "NAME",
    };

    public void AddTo(CommandPage page) => page.Add(SwitchGroup.Run, _address, _hosts);

    /// <summary>Where the admin side listens; null for nowhere.</summary>
    /// <exception cref="UsageException">It is not an address.</exception>
    public IPEndPoint? AddressOf(ParseResult parsed) => parsed.GetValue(_address) is { } text
        ? EndPoints.Listening(_address.Name, text, IPAddress.Loopback, DefaultPort)
        : null;

    /// <summary>Names by which browsers may ask it.</summary>
    /// <exception cref="UsageException">One of them is not a name, or there is no admin port.</exception>
    public IReadOnlyList<string> NamesOf(ParseResult parsed)
    {
        var names = parsed.GetValue(_hosts) ?? [];
        if (names.Length > 0 && parsed.GetValue(_address) is null)
        {
            throw new UsageException($"{_hosts.Name} says something about the admin port, but no {_address.Name} is given");
        }

        if (names.FirstOrDefault(name => !IsName(name)) is { } odd)
        {
            throw new UsageException(
                $"{_hosts.Name}: \"{odd}\" is not a name of a host; write it without scheme and port, for example parallax.example");
        }

        return [.. names.Select(name => name.TrimEnd('.'))];
    }

    private static bool IsName(string text)
    {
        var name = text.StartsWith(AnyBelow, StringComparison.Ordinal) ? text[AnyBelow.Length..] : text;
        return Uri.CheckHostName(name) == UriHostNameType.Dns;
    }
}
