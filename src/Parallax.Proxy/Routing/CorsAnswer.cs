using System.Buffers;
using System.Globalization;
using System.Text;
using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Policy;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Routing;

/// <summary>What cross-origin rules make of a request.</summary>
public enum CorsDecision : byte
{
    /// <summary>It is forwarded, its response left alone: no Origin, or one that is not allowed (the browser withholds the response
    /// then).</summary>
    None,

    /// <summary>It is forwarded, and its response gains the lines of <see cref="CorsAnswer.WriteLines"/>.</summary>
    Allowed,

    /// <summary>A preflight that is answered 200 with the lines of <see cref="CorsAnswer.WriteLines"/>.</summary>
    Preflight,

    /// <summary>A preflight of an origin that is not allowed: answered 200 without lines.</summary>
    RefusedPreflight,
}

/// <summary>The cross-origin rules of a route, compiled (Fetch standard, CORS protocol); decides as Envoy does.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed class CorsAnswer
{
    private readonly TextMatch[] _origins;
    private readonly bool _forwardsUnmatchedPreflights;
    private readonly byte[] _allowedLines;
    private readonly byte[] _preflightLines;
    private readonly bool _allowsAnyMethod;
    private readonly bool _allowsAnyHeader;

    /// <exception cref="ArgumentException">An expression is none: the configuration was not checked.</exception>
    internal CorsAnswer(CorsConfig config)
    {
        // "*" written as an exact origin means every origin; no origin is called so.
        _origins = [.. config.Origins.Select(origin => origin.Value == "*" ? TextMatch.Present : MatchCompiler.Compile(origin))];
        _forwardsUnmatchedPreflights = config.ForwardsUnmatchedPreflights;
        var credentials = config.AllowsCredentials ? "Access-Control-Allow-Credentials: true\r\n" : "";
        var maxAge = config.MaxAge is { } age
            ? string.Create(CultureInfo.InvariantCulture, $"Access-Control-Max-Age: {(long)age.TotalSeconds}\r\n")
            : "";
        _allowsAnyMethod = config.Methods is ["*"];
        _allowsAnyHeader = config.Headers is ["*"];

        // Together with credentials a star is a name like any other, which no header has (Fetch §3.3.3).
        IReadOnlyList<string> exposed = config.AllowsCredentials
            ? [.. config.ExposedHeaders.Where(name => name != "*")] : config.ExposedHeaders;
        _allowedLines = Encoding.UTF8.GetBytes(credentials + Line("Expose-Headers", exposed));
        _preflightLines = Encoding.UTF8.GetBytes(
            credentials + Line("Expose-Headers", exposed)
            + Line("Allow-Methods", _allowsAnyMethod ? [] : config.Methods)
            + Line("Allow-Headers", _allowsAnyHeader ? [] : config.Headers) + maxAge);
    }

    /// <summary>What becomes of a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="origin">Its Origin, as a place in its octets; for <see cref="WriteLines"/>.</param>
    public CorsDecision Decide(in RoutedRequest request, out OctetRange origin)
    {
        if (!request.Head.TryFind(request.Octets, "origin"u8, out origin) || origin.IsEmpty)
        {
            return CorsDecision.None;
        }

        var isPreflight = request.Head.KnownMethod == KnownMethod.Options
            && request.Head.TryFind(request.Octets, "access-control-request-method"u8, out var method) && !method.IsEmpty;
        foreach (var allowed in _origins)
        {
            if (allowed.Matches(origin.Of(request.Octets), request.Scratch))
            {
                return isPreflight ? CorsDecision.Preflight : CorsDecision.Allowed;
            }
        }

        return isPreflight && !_forwardsUnmatchedPreflights ? CorsDecision.RefusedPreflight : CorsDecision.None;
    }

    /// <summary>Writes the field lines the response gains; none unless the decision asks for some.</summary>
    /// <param name="decision">What <see cref="Decide"/> said.</param>
    /// <param name="request">The request: where any method or header is allowed, a preflight is answered with those it asks for.</param>
    /// <param name="origin">The octets of the request's Origin.</param>
    /// <param name="output">Where to; appended.</param>
    public void WriteLines(CorsDecision decision, in RoutedRequest request, ReadOnlySpan<byte> origin, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (decision is not (CorsDecision.Allowed or CorsDecision.Preflight))
        {
            return;
        }

        output.Write("Access-Control-Allow-Origin: "u8);
        output.Write(origin);
        output.Write("\r\n"u8);
        output.Write(decision == CorsDecision.Preflight ? _preflightLines : _allowedLines);
        if (decision == CorsDecision.Preflight)
        {
            if (_allowsAnyMethod)
            {
                WriteAsked(request, "access-control-request-method"u8, "Access-Control-Allow-Methods: "u8, output);
            }

            if (_allowsAnyHeader)
            {
                WriteAsked(request, "access-control-request-headers"u8, "Access-Control-Allow-Headers: "u8, output);
            }
        }

        // The answer depends on who asks; a cache must know.
        output.Write("Vary: Origin\r\n"u8);
    }

    private static void WriteAsked(in RoutedRequest request, ReadOnlySpan<byte> asked, ReadOnlySpan<byte> told, IBufferWriter<byte> output)
    {
        if (request.Head.TryFind(request.Octets, asked, out var value) && !value.IsEmpty)
        {
            output.Write(told);
            output.Write(value.Of(request.Octets));
            output.Write("\r\n"u8);
        }
    }

    private static string Line(string name, IReadOnlyList<string> values) =>
        values.Count == 0 ? "" : $"Access-Control-{name}: {string.Join(',', values)}\r\n";
}
