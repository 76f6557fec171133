using System.Net;
using System.Net.Sockets;
using System.Text;
using Parallax.Cli.CommandLine;
using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;
using Parallax.Wire.Http1;

namespace Parallax.Cli.Admin;

/// <summary>What a resource answers.</summary>
/// <param name="Status">The status code.</param>
/// <param name="ContentType">Of the body.</param>
/// <param name="Body">The body, text in UTF-8.</param>
internal sealed record AdminAnswer(int Status, string ContentType, byte[] Body)
{
    /// <summary>The methods of a resource that was asked with another; empty otherwise.</summary>
    public string Allow { get; init; } = "";

    public static AdminAnswer Text(int status, string text) =>
        new(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text + "\n"));
}

/// <summary>One thing the admin port shows or does.</summary>
/// <param name="Method">GET (HEAD is answered likewise) or POST.</param>
/// <param name="Path">Without the query.</param>
/// <param name="Answer">Called on the port's own thread, one at a time.</param>
internal sealed record AdminResource(string Method, string Path, Func<AdminAnswer> Answer);

/// <summary>The admin side of a running proxy: HTTP on an address of its own, which nobody but the operator should reach.</summary>
/// <remarks>
/// A request must name the host by its address or as <c>localhost</c>: a web page that got a name of its own to point here (DNS rebinding)
/// is refused, and so is a POST that a browser sends for one. Ownership: its loop ends with <see cref="Dispose"/>.
/// </remarks>
internal sealed class AdminPort : IDisposable
{
    private readonly IEventLoop _loop;

    private AdminPort(IEventLoop loop, IPEndPoint localEndPoint)
    {
        _loop = loop;
        LocalEndPoint = localEndPoint;
    }

    /// <summary>Where it listens; the real port when port 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Opens the port.</summary>
    /// <exception cref="UsageException">It is taken, or the address is not this machine's.</exception>
    public static AdminPort Open(IPEndPoint local, IReadOnlyList<AdminResource> resources)
    {
        var loop = EventLoop.Create("admin");
        try
        {
            var listener = loop.Listen(local, ListenOptions.Default, _ => new Visitor(resources));
            loop.Start();
            return new(loop, listener.LocalEndPoint);
        }
        catch (SocketException fault)
        {
            loop.Dispose();
            throw new UsageException($"--admin: cannot listen at {local}: {fault.Message}; name another address, such as 127.0.0.1:9901");
        }
    }

    public void Dispose() => _loop.Dispose();

    private sealed class Visitor(IReadOnlyList<AdminResource> resources) : ConnectionHandler
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        // Who asks on without reading what was answered gets one answer more.
        private const int MostUnreadBytes = 1 << 20;

        private readonly MessageReader _reader = new(MessageKind.Request, Http1Policy.Active);

        public override void OnConnected(Connection connection) => connection.SetDeadline(Patience);

        public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
        {
            var rest = octets;
            while (connection.IsOpen)
            {
                var met = _reader.Read(rest, out var consumed);
                rest = rest[consumed..];
                switch (met.Kind)
                {
                    case ReadEventKind.NeedMore:
                        return octets.Length;
                    case ReadEventKind.Head:
                        Respond(connection, met.RawOctets);
                        break;
                    case ReadEventKind.Body or ReadEventKind.End:
                        break;
                    default:
                        Write(connection, AdminAnswer.Text(400, "this is no HTTP/1 request"), isHead: false, keepAlive: false);
                        return octets.Length;
                }
            }

            return octets.Length;
        }

        public override void OnReadEnded(Connection connection) => connection.CloseAfterWrites();

        public override void OnDeadline(Connection connection) => connection.Close();

        private void Respond(Connection connection, ReadOnlySpan<byte> octets)
        {
            var head = _reader.Head;
            var isHead = head.KnownMethod == KnownMethod.Head;
            var method = isHead ? "GET" : Encoding.Latin1.GetString(head.Method.Of(octets));
            var path = Encoding.Latin1.GetString(head.Target.Of(octets)).Split('?')[0];
            var keepAlive = head.KeepAlive && connection.PendingWriteBytes <= MostUnreadBytes;
            connection.SetDeadline(Patience);
            Write(connection, AnswerTo(method, path, head, octets, connection.LocalEndPoint), isHead, keepAlive);
        }

        private AdminAnswer AnswerTo(string method, string path, MessageHead head, ReadOnlySpan<byte> octets, IPEndPoint? local)
        {
            if (WhyRefused(method, head, octets) is { } reason)
            {
                return AdminAnswer.Text(403, $"{reason}, for example: curl {(method == "GET" ? "" : $"-X {method} ")}http://{local}{path}");
            }

            var here = resources.Where(resource => resource.Path == path).ToList();
            if (here.Find(resource => resource.Method == method) is { } found)
            {
                return found.Answer();
            }

            if (here.Count > 0)
            {
                var allow = string.Join(", ", here.Select(each => each.Method == "GET" ? "GET, HEAD" : each.Method));
                return AdminAnswer.Text(405, $"{path} does not take {method}, but {allow}") with { Allow = allow };
            }

            var known = string.Join('\n', resources.Select(each => $"  {each.Method} {each.Path}"));
            return AdminAnswer.Text(404, $"there is no {path} here; there are\n{known}");
        }

        // Null when the request is taken.
        private static string? WhyRefused(string method, MessageHead head, ReadOnlySpan<byte> octets)
        {
            var host = Encoding.Latin1.GetString(head.Host.Of(octets));
            if (!IsOwnName(host))
            {
                return $"the request asks for the host \"{host}\", as one that a web page made might; "
                    + "ask for this port by its address or as localhost";
            }

            return method == "POST" && head.TryFind(octets, "origin"u8, out var origin)
                ? $"the request was made by a web page of {Encoding.Latin1.GetString(origin.Of(octets))}; send it from a program"
                : null;
        }

        // Who names no host at all speaks HTTP/1.0 and is no browser.
        private static bool IsOwnName(string host)
        {
            var name = IPEndPoint.TryParse(host, out _) ? "" : host.Split(':')[0];
            return name.Length == 0 || name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(name, out _);
        }

        private static void Write(Connection connection, AdminAnswer answer, bool isHead, bool keepAlive)
        {
            connection.Write(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 {answer.Status} {Answer.ReasonOf(answer.Status)}\r\nContent-Type: {answer.ContentType}\r\n"
                + $"Content-Length: {answer.Body.Length}\r\nCache-Control: no-store\r\n"
                + $"{(answer.Allow.Length == 0 ? "" : $"Allow: {answer.Allow}\r\n")}{(keepAlive ? "" : "Connection: close\r\n")}\r\n"));
            connection.Write(isHead ? [] : answer.Body);
            if (!keepAlive)
            {
                connection.CloseAfterWrites();
            }
        }
    }
}
