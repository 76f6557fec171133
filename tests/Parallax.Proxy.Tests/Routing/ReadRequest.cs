using System.Buffers;
using System.Net;
using System.Text;
using Parallax.Proxy.Routing;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;
using Parallax.Wire.Packets;

namespace Parallax.Proxy.Tests.Routing;

/// <summary>A request as the proxy's reader sees it.</summary>
internal sealed class ReadRequest
{
    private readonly Latin1Scratch _scratch = new();
    private readonly bool _isTls;
    private readonly NetworkAddress _client;

    public ReadRequest(string text, bool isTls = false, string client = "192.0.2.1", Http1Policy? policy = null)
    {
        Octets = Encoding.Latin1.GetBytes(text);
        Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(Octets, MessageKind.Request, policy ?? Http1Policy.Active, Head, out _));
        (_isTls, _client) = (isTls, NetworkAddress.From(IPAddress.Parse(client)));
    }

    public MessageHead Head { get; } = new();

    public byte[] Octets { get; }

    public RoutedRequest Routed => new() { Head = Head, Octets = Octets, Scratch = _scratch, IsTls = _isTls, Client = _client };

    /// <summary>A GET with a Host and further field lines.</summary>
    public static ReadRequest Get(string path, string host = "a.example", string fields = "") =>
        new($"GET {path} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n");

    public RouteHit Find(RoutingTable table, int listener = 0) => table.Listeners[listener].Find(Routed);

    public string Write(HeadRewriter rewriter, int matchedPrefix = 0)
    {
        var output = new ArrayBufferWriter<byte>();
        var inputs = new HeadInputs
        {
            ClientAddress = "192.0.2.1"u8,
            OwnAddress = "10.0.0.9"u8,
            RequestId = "id-1"u8,
            MatchedPrefix = matchedPrefix,
            IsTls = _isTls,
        };
        rewriter.Write(Head, Octets, inputs, _scratch, output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }
}
