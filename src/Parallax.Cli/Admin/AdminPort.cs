using System.Net;
using System.Net.Sockets;
using System.Text;
using Parallax.Cli.CommandLine;
using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.Runs.Running;
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
/// <param name="Answer">Called with the query on the port's own thread, one at a time.</param>
internal sealed record AdminResource(string Method, string Path, Func<string, AdminAnswer> Answer)
{
    /// <summary>One that takes no query.</summary>
    public AdminResource(string method, string path, Func<AdminAnswer> answer)
        : this(method, path, _ => answer())
    {
    }

    /// <summary>Whether it answers to this machine alone, by way of a loopback address, wherever the port listens.</summary>
    public bool IsLocal { get; init; }
}

/// <summary>The admin side of a running proxy: HTTP on a separate address, which nobody but the operator should reach.</summary>
/// <remarks>Requests that a web page made are refused, see <see cref="AdminGuard"/>.</remarks>
internal static class AdminPort
{
    /// <summary>Opens the port.</summary>
    /// <param name="local">Where to listen; port 0 lets the system choose.</param>
    /// <param name="names">Names by which it may be asked, see <see cref="AdminGuard"/>.</param>
    /// <param name="resources">What it shows and does.</param>
    /// <param name="loops">Makes its loop.</param>
    /// <param name="whenFree">See <see cref="SidePort.Open"/>.</param>
    /// <exception cref="UsageException">It is taken, or the address is not this machine's.</exception>
    public static SidePort Open(
        IPEndPoint local,
        IReadOnlyList<string> names,
        IReadOnlyList<AdminResource> resources,
        RunLoops loops,
        Action<string>? whenFree = null)
    {
        var guard = new AdminGuard(isOpenToNetwork: !IPAddress.IsLoopback(local.Address), names);
        try
        {
            return SidePort.Open("admin", local, _ => new Visitor(guard, resources), loops, whenFree);
        }
        catch (SocketException fault)
        {
            throw new UsageException($"--admin: cannot listen at {local}: {fault.Message}; name another address, such as 127.0.0.1:9901");
        }
    }

    private sealed class Visitor(AdminGuard guard, IReadOnlyList<AdminResource> resources) : ConnectionHandler
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        // Who asks on without reading what was answered gets one answer more.
        private const int MaxUnreadBytes = 1 << 20;

        private readonly MessageReader _reader = new(MessageKind.Request, Http1Policy.Active);

        public override void OnConnected(Connection connection) => connection.SetDeadline(Patience);

        public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
        {
            var rest = octets;
            while (connection.IsOpen)
            {
                var readEvent = _reader.Read(rest, out var consumed);
                rest = rest[consumed..];
                switch (readEvent.Kind)
                {
                    case ReadEventKind.NeedMore:
                        return octets.Length;
                    case ReadEventKind.Head when !Respond(connection, readEvent.RawOctets):
                        return octets.Length;
                    case ReadEventKind.Head:
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

        // False when the answer was the connection's last.
        private bool Respond(Connection connection, ReadOnlySpan<byte> octets)
        {
            var head = _reader.Head;
            var isHead = head.KnownMethod == KnownMethod.Head;
            var method = isHead ? "GET" : Encoding.Latin1.GetString(head.Method.Of(octets));
            var keepAlive = head.KeepAlive && connection.PendingWriteBytes <= MaxUnreadBytes;
            connection.SetDeadline(Patience);
            Write(connection, AnswerTo(method, head, octets, connection), isHead, keepAlive);
            return keepAlive;
        }

        private AdminAnswer AnswerTo(string method, MessageHead head, ReadOnlySpan<byte> octets, Connection connection)
        {
            var (host, path, query) = Split(head, octets);
            if (guard.WhyRefused(method, host, head, octets) is { } reason)
            {
                var post = method == "GET" ? "" : $"-X {method} ";
                return AdminAnswer.Text(403, $"{reason}, for example: curl {post}http://{connection.LocalEndPoint}{path}");
            }

            var here = resources.Where(resource => resource.Path == path).ToList();
            if (here.Find(resource => resource.Method == method) is { } found)
            {
                return !found.IsLocal || connection.RemoteEndPoint is IPEndPoint { Address: var peer } && IPAddress.IsLoopback(peer)
                    ? found.Answer(query)
                    : AdminAnswer.Text(403, $"{method} {path} is for this machine alone; ask it at 127.0.0.1, such as through ssh or "
                        + "kubectl port-forward");
            }

            if (here.Count > 0)
            {
                var allow = string.Join(", ", here.Select(each => each.Method == "GET" ? "GET, HEAD" : each.Method));
                return AdminAnswer.Text(405, $"{path} does not take {method}, but {allow}") with { Allow = allow };
            }

            var known = string.Join('\n', resources.Select(each => $"  {each.Method} {each.Path}"));
            return AdminAnswer.Text(404, $"there is no {path} here; there are\n{known}");
        }

        /// <summary>The host, the path and the query that are asked for; proxies and some programs write all of them into the target
        /// (RFC 9112 §3.2.2).</summary>
        private static (string Host, string Path, string Query) Split(MessageHead head, ReadOnlySpan<byte> octets)
        {
            const string scheme = "http://";
            var target = Encoding.Latin1.GetString(head.Target.Of(octets));
            var host = Encoding.Latin1.GetString(head.Host.Of(octets));
            if (target.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            {
                var slash = target.IndexOf('/', scheme.Length);
                host = slash < 0 ? target[scheme.Length..] : target[scheme.Length..slash];
                target = slash < 0 ? "/" : target[slash..];
            }

            var mark = target.IndexOf('?', StringComparison.Ordinal);
            return mark < 0 ? (host, target, "") : (host, target[..mark], target[(mark + 1)..]);
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
