using System.Net;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Configuration.Listeners;

/// <summary>A socket while documents are still being read into it.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class ListenerDraft(IPEndPoint address, int port, Place place, bool isTls)
{
    private readonly List<string> _names = [];
    private readonly List<ServerDraft> _servers = [];

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address => address;

    /// <summary>The port the documents name.</summary>
    public int Port => port;

    /// <summary>Where it was declared first.</summary>
    public Place Place => place;

    /// <summary>Whether it speaks TLS.</summary>
    public bool IsTls => isTls;

    /// <summary>True when a listener can be made of it: with TLS it needs a server with a certificate.</summary>
    public bool IsUsable => _servers.Count > 0;

    /// <summary>Adds one of the things it belongs to.</summary>
    public void AddName(string name)
    {
        if (!_names.Contains(name))
        {
            _names.Add(name);
        }
    }

    /// <summary>The server for what is served in plain text: all of it is one.</summary>
    public ServerDraft PlainServer()
    {
        if (_servers.Count == 0)
        {
            _servers.Add(new(port, _names[0], ["*"], tls: null, place));
        }

        return _servers[0];
    }

    /// <summary>Adds a server that speaks TLS. As in Istio, one that shares a hostname with an earlier one is left out: what one asks of
    /// its clients must not hold for the other's.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="hostnames">The server names it is for.</param>
    /// <param name="tls">How TLS is terminated.</param>
    /// <param name="at">Where it is declared.</param>
    /// <param name="findings">Where a conflict is reported.</param>
    /// <returns>Null when the socket has a server for one of the hostnames.</returns>
    public ServerDraft? AddServer(
        string name, IReadOnlyList<string> hostnames, ServerTlsConfig tls, Place at, Findings findings)
    {
        foreach (var server in _servers)
        {
            if (server.Hostnames.Intersect(hostnames).FirstOrDefault() is { } both)
            {
                findings.Warning(
                    "REF312", at, $"is left out: {both} belongs to the server of {server.Place.Position} at the same socket already",
                    "give each host to one server, or one of them another socket with --listen");
                return null;
            }
        }

        ServerDraft added = new(port, name, hostnames, tls, at);
        _servers.Add(added);
        return added;
    }

    /// <summary>Answers a hostname 500 that belongs to something left out, where a server with wider hostnames would have its
    /// requests.</summary>
    /// <param name="hostname">The hostname.</param>
    /// <param name="origin">What is left out.</param>
    public void Block(string hostname, SourcePosition origin) => _servers.ForEach(server => server.Block(hostname, origin));

    /// <summary>The finished listener.</summary>
    public ListenerConfig Build() => new()
    {
        Name = string.Join(',', _names),
        Port = port,
        Address = address,
        Servers = [.. _servers.Select(server => server.Build())],
    };
}
