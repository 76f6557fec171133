using System.Net;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Configuration.Listeners;

/// <summary>Collects sockets; what is declared for the same address and port becomes one.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class ListenerBuilder(ListenerMap sockets, Findings findings)
{
    private readonly List<ListenerDraft> _drafts = [];

    /// <summary>The sockets of declared ports.</summary>
    public ListenerMap Sockets => sockets;

    /// <summary>The listeners, in the order of their first declaration.</summary>
    public IReadOnlyList<ListenerConfig> Build() => [.. _drafts.Where(draft => draft.IsUsable).Select(draft => draft.Build())];

    /// <summary>The draft that is there for a socket; null when there is none.</summary>
    public ListenerDraft? Find(IPEndPoint address, int port) =>
        _drafts.Find(each => each.Address.Equals(address) && (address.Port != 0 || each.Port == port));

    /// <summary>The draft of a socket.</summary>
    /// <param name="address">The socket. Port 0 stands for a separate socket for each declared port.</param>
    /// <param name="port">The declared port.</param>
    /// <param name="name">What it belongs to.</param>
    /// <param name="isTls">Whether TLS is spoken there.</param>
    /// <param name="place">Where it is declared.</param>
    /// <returns>Null when something else was declared for the socket, which is reported.</returns>
    public ListenerDraft? For(IPEndPoint address, int port, string name, bool isTls, Place place)
    {
        var draft = Find(address, port);
        if (draft is not null && (draft.Port != port || draft.IsTls != isTls))
        {
            const string remedy = "give one of them another socket with --listen";
            var already = $"of {draft.Place.Position} listens already";
            if (draft.Port != port)
            {
                findings.Error("REF306", place, $"is to listen at {address}, where declared port {draft.Port} {already}", remedy);
            }
            else
            {
                // Documents that are at odds with each other can stand in a cluster: the later one is not served there.
                findings.Warning(
                    "REF306", place,
                    $"is left out: it is to listen at {address}, where {(draft.IsTls ? "HTTPS" : "HTTP")} {already}", remedy);
            }

            return null;
        }

        if (draft is null)
        {
            draft = new(address, port, place, isTls);
            _drafts.Add(draft);
        }

        draft.AddName(name);
        return draft;
    }
}
