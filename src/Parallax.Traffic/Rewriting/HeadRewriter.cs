using System.Buffers;
using System.Diagnostics;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Rewriting;

/// <summary>Writes the head that goes on, to a shadow, to the primary or back to the client, from the head that came.</summary>
/// <remarks>
/// <para>Everything is kept octet for octet (order, case, duplicates, line ends, odd octets) except what follows. The path is changed by
/// <see cref="PathRewrite"/>, headers by <see cref="HeaderEdit"/>, the authority (Host, and that of an absolute-form target) by
/// <see cref="ShadowHost"/>.</para>
/// <para>A shadow's head gains <c>x-envoy-internal: true</c> and the two headers of its <see cref="ShadowMark"/> (each replaces one that is
/// there), and the own address after the last <c>x-forwarded-for</c>. Expect is removed: the body is sent without being asked for.</para>
/// <para>From a captured request (<see cref="HeadLeg.Captured"/>):</para>
/// <list type="bullet">
/// <item>Connection: <c>close</c>, <c>upgrade</c> and <c>http2-settings</c> are taken out, Upgrade and HTTP2-Settings removed when they
/// were named, because the shadow's connection is ours to keep. A request of HTTP/1.0 keeps its request line and is given
/// <c>Connection: keep-alive</c>, so that its connection can be used again, too.</item>
/// </list>
/// <para>Through a proxy (<see cref="HeadLeg.Request"/>, <see cref="HeadLeg.Response"/>), what belongs to one connection ends there (RFC
/// 9110 §7.6.1):</para>
/// <list type="bullet">
/// <item>Removed: Connection and the fields it names, Keep-Alive, Proxy-Connection, HTTP2-Settings; Upgrade unless the connection changes
/// its protocol; TE but for <c>trailers</c>. What the proxy itself relies on (Host, framing, Expect, <c>x-forwarded-*</c>,
/// <c>x-request-id</c>, the mark) is not removed by being named. Proxy-Authorization is kept: an endpoint may want it, we do not.</item>
/// <item>Both are written as HTTP/1.1, whose connections stay open. An absolute-form target becomes origin-form and its authority the Host.
/// A request of HTTP/1.0 without Host is given the target's.</item>
/// <item>Added to a request: the client's address after the last <c>x-forwarded-for</c>, <c>x-forwarded-proto</c>, and
/// <c>x-request-id</c> where there is none. What a client that is not trusted says in <c>x-forwarded-proto</c> is replaced;
/// its <c>x-forwarded-client-cert</c>, all its <c>x-envoy-*</c> (what Envoy takes off at the edge, and what it may come to take off) and a
/// <see cref="ShadowMark"/> without proof are removed.</item>
/// </list>
/// <para>The body needs no change: its framing headers are kept and its octets are sent as they came.</para>
/// <para>Thread safety: immutable; buffers belong to the calling thread. No allocation, but see <see cref="PathRewrite"/>.</para>
/// </remarks>
public sealed class HeadRewriter
{
    private readonly HeadLeg _leg;
    private readonly RewritePlan _plan;

    /// <summary>Compiles a configuration.</summary>
    /// <exception cref="ArgumentException">There are too many edits.</exception>
    public HeadRewriter(RewriteConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        _leg = config.Leg;
        _plan = new RewritePlan(config);
    }

    /// <summary>Writes the response of a route that changes nothing in it.</summary>
    public static HeadRewriter PlainResponse { get; } = new(new RewriteConfig { Leg = HeadLeg.Response });

    /// <summary>Writes the shadow's head for a captured request, blank line included.</summary>
    /// <param name="head">The original head.</param>
    /// <param name="octets">The octets it was read from, to its blank line at least.</param>
    /// <param name="scratch">The calling thread's.</param>
    /// <param name="output">Where to; appended.</param>
    public void Write(MessageHead head, ReadOnlySpan<byte> octets, Latin1Scratch scratch, IBufferWriter<byte> output) =>
        Write(head, octets, default, scratch, output);

    /// <summary>Writes the head, blank line included.</summary>
    /// <param name="head">The original head.</param>
    /// <param name="octets">The octets it was read from, to its blank line at least.</param>
    /// <param name="inputs">What is another thing for each message.</param>
    /// <param name="scratch">The calling thread's.</param>
    /// <param name="output">Where to; appended. As a rule it is asked for room once, for a head's length and a little more.</param>
    public void Write(
        MessageHead head, ReadOnlySpan<byte> octets, in HeadInputs inputs, Latin1Scratch scratch, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(output);
        var copy = new HeadCopy(octets, head, output);
        switch (_leg)
        {
            case HeadLeg.Captured:
                CapturedHead.Write(_plan, head, scratch, ref copy);
                break;
            case HeadLeg.Request:
                RequestHead.Write(_plan, head, inputs, scratch, ref copy);
                break;
            case HeadLeg.Response:
                ResponseHead.Write(_plan, head, inputs, scratch, ref copy);
                break;
            default:
                throw new UnreachableException();
        }

        copy.Flush();
    }
}
