using System.Diagnostics;
using System.Net;
using System.Text;
using Parallax.Reactor.Connections;
using Parallax.Wire.Http1;

namespace Parallax.Cli.Demo;

/// <summary>The sample service: a small shop that listens on loopback. Version 2 is the one that is not in production yet, and it has
/// two faults for the demonstration to show: searching is slow, and an order of nothing is an error of the server's.</summary>
/// <remarks>Thread safety: belongs to its loop, but for <see cref="Log"/>.</remarks>
internal sealed class Shop
{
    private static readonly string Catalogue = $"[{string.Join(",", Enumerable.Range(1, 60).Select(Product))}]";

    private readonly int _version;
    private readonly Listener _listener;

    public Shop(IEventLoop loop, int version)
    {
        _version = version;
        _listener = loop.Listen(new(IPAddress.Loopback, 0), ListenOptions.Default, _ => new Counter(this));
    }

    public IPEndPoint LocalEndPoint => _listener.LocalEndPoint;

    public AnswerLog Log { get; } = new();

    private Answer AnswerTo(string request, string body) => request switch
    {
        "GET /products" => new(request, 200, 2, Catalogue),
        _ when request.StartsWith("GET /products/", StringComparison.Ordinal) => new("GET /products/N", 200, 1, Product(request.Length)),
        _ when request.StartsWith("GET /search?", StringComparison.Ordinal) =>
            new("GET /search", 200, _version == 1 ? 3 : 24, $"[{Product(3)},{Product(14)}]"),
        "POST /orders" when !body.Contains("\"quantity\":0", StringComparison.Ordinal) => new(request, 201, 4, "{\"ordered\":true}"),
        "POST /orders" when _version == 1 => new(request, 422, 1, "{\"error\":\"nothing to order\"}"),
        "POST /orders" => new(request, 500, 1, "{\"error\":\"division by zero\"}"),
        _ => new("(anything else)", 404, 1, "{\"error\":\"no such page\"}"),
    };

    private static string Product(int number) =>
        $$"""{"id":{{number}},"name":"Telescope {{number}}","price":{{number * 7}}.50,"text":"Shows one thing from two places."}""";

    /// <param name="Endpoint">What the log calls it.</param>
    /// <param name="Status">Status code.</param>
    /// <param name="Milliseconds">How long the shop thinks about it.</param>
    /// <param name="Content">The body, JSON.</param>
    private sealed record Answer(string Endpoint, int Status, int Milliseconds, string Content);

    /// <summary>Serves one customer: reads a request, thinks, answers, reads the next.</summary>
    private sealed class Counter(Shop shop) : ConnectionHandler
    {
        private readonly MessageReader _reader = new(MessageKind.Request, Http1Policy.Active);
        private readonly StringBuilder _body = new();
        private string _request = "";
        private long _received;

        public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
        {
            var done = 0;
            while (true)
            {
                var readEvent = _reader.Read(octets[done..], out var consumed);
                done += consumed;
                switch (readEvent.Kind)
                {
                    case ReadEventKind.Head:
                        var head = _reader.Head;
                        _request = $"{Text(head.Method.Of(readEvent.RawOctets))} {Text(head.Target.Of(readEvent.RawOctets))}";
                        _body.Clear();
                        break;
                    case ReadEventKind.Body:
                        _body.Append(Text(readEvent.ContentOctets));
                        break;
                    case ReadEventKind.End:
                        // One at a time: the next request is read when this one is answered.
                        connection.PauseReading();
                        Think(connection);
                        return done;
                    case ReadEventKind.NeedMore:
                        return done;
                    default:
                        connection.Close();
                        return done;
                }
            }
        }

        private void Think(Connection connection)
        {
            _received = Stopwatch.GetTimestamp();
            var answer = shop.AnswerTo(_request, _body.ToString());
            connection.Loop.Schedule(TimeSpan.FromMilliseconds(answer.Milliseconds), _ => Reply(connection, answer), null);
        }

        private void Reply(Connection connection, Answer answer)
        {
            shop.Log.Count(answer.Endpoint, answer.Status, Stopwatch.GetElapsedTime(_received));
            connection.Write(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 {answer.Status} {(HttpStatusCode)answer.Status}\r\nServer: shop/{shop._version}\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {answer.Content.Length}\r\n\r\n{answer.Content}"));
            connection.ResumeReading();
        }

        private static string Text(ReadOnlySpan<byte> octets) => Encoding.Latin1.GetString(octets);
    }
}
