using System.Text;

namespace Parallax.Traffic.Rewriting;

/// <summary>A <see cref="RewriteConfig"/> compiled.</summary>
/// <remarks>Thread safety: immutable.</remarks>
internal sealed class RewritePlan
{
    private readonly ShadowHost _host;
    private readonly byte[] _targetAuthority;
    private readonly byte[]? _authority;

    // The edits that decide about a header.
    private readonly ulong _hostEdits;
    private readonly ulong _forwardedForEdits;
    private readonly ulong _forwardedProtoEdits;
    private readonly ulong _requestIdEdits;
    private readonly ulong _clientCertificateEdits;

    /// <exception cref="ArgumentException">There are too many edits.</exception>
    public RewritePlan(RewriteConfig config)
    {
        IsShadow = config.MirrorName is not null;
        Path = config.Path;
        Edits = new HeadEdits(config.MirrorName is null ? config.Edits : [.. config.Edits, .. MarksOf(config)]);
        OwnAddress = Encoding.Latin1.GetBytes(config.OwnAddress?.ToString() ?? "");
        _hostEdits = Edits.BitsOf("host"u8);
        _forwardedForEdits = Edits.BitsOf("x-forwarded-for"u8);
        _forwardedProtoEdits = Edits.BitsOf("x-forwarded-proto"u8);
        _requestIdEdits = Edits.BitsOf("x-request-id"u8);
        _clientCertificateEdits = Edits.BitsOf("x-forwarded-client-cert"u8);
        _host = config.Host ?? (IsShadow ? ShadowHost.Suffix : ShadowHost.Same);
        _targetAuthority = Encoding.Latin1.GetBytes(config.TargetAuthority);
        _authority = config.Authority is null ? null : Encoding.Latin1.GetBytes(config.Authority);
        KeepsAuthority = _authority is null && _host.Mode == ShadowHostMode.Same;
        KnowsAuthority = _host.Mode is ShadowHostMode.Target or ShadowHostMode.Literal;
    }

    /// <summary>True for a copy's head.</summary>
    public bool IsShadow { get; }

    /// <summary>Change to the path; null for none.</summary>
    public PathRewrite? Path { get; }

    /// <summary>Changes to headers, the marks of a shadow included.</summary>
    public HeadEdits Edits { get; }

    /// <summary>The address appended to a captured request's <c>x-forwarded-for</c>; empty for none.</summary>
    public byte[] OwnAddress { get; }

    /// <summary>True when an edit decides about Host.</summary>
    public bool LeavesHost(in FieldFacts facts) => (_hostEdits & ~facts.EditsEmpty) != 0;

    /// <summary>True when an edit decides about <c>x-forwarded-for</c>.</summary>
    public bool LeavesForwardedFor(in FieldFacts facts) => (_forwardedForEdits & ~facts.EditsEmpty) != 0;

    /// <summary>True when an edit decides about <c>x-forwarded-proto</c>.</summary>
    public bool LeavesForwardedProto(in FieldFacts facts) => (_forwardedProtoEdits & ~facts.EditsEmpty) != 0;

    /// <summary>True when an edit decides about <c>x-request-id</c>.</summary>
    public bool LeavesRequestId(in FieldFacts facts) => (_requestIdEdits & ~facts.EditsEmpty) != 0;

    /// <summary>True when an edit decides about <c>x-forwarded-client-cert</c>.</summary>
    public bool LeavesClientCertificate(in FieldFacts facts) => (_clientCertificateEdits & ~facts.EditsEmpty) != 0;

    /// <summary>True when the authority stays what it is.</summary>
    public bool KeepsAuthority { get; }

    /// <summary>True when the authority does not depend on the request's.</summary>
    public bool KnowsAuthority { get; }

    /// <summary>Writes the new authority.</summary>
    /// <param name="original">The request's.</param>
    /// <param name="copy">Where to.</param>
    public void WriteAuthority(ReadOnlySpan<byte> original, ref HeadCopy copy) =>
        _host.Write(_authority ?? original, _targetAuthority, ref copy);

    /// <summary>Writes the authority of a request that has none: the target's takes its place.</summary>
    /// <returns>False when that is not known, either; nothing was written then.</returns>
    public bool TryWriteAuthority(ref HeadCopy copy)
    {
        ReadOnlySpan<byte> instead = _authority ?? _targetAuthority;
        if (instead.IsEmpty && !KnowsAuthority)
        {
            return false;
        }

        copy.Write("Host: "u8);
        _host.Write(instead, _targetAuthority, ref copy);
        copy.Write("\r\n"u8);
        return true;
    }

    private static bool DecidesInternal(HeaderEdit edit) => edit is { Kind: not HeaderEditKind.Add, Template: null }
        && edit.Name.Equals("x-envoy-internal", StringComparison.OrdinalIgnoreCase);

    private static List<HeaderEdit> MarksOf(RewriteConfig config)
    {
        var marks = new List<HeaderEdit>();
        if (!config.Edits.Any(DecidesInternal))
        {
            marks.Add(HeaderEdit.Own(HeaderEditKind.Set, "x-envoy-internal", "true"));
        }

        marks.Add(HeaderEdit.Own(HeaderEditKind.Set, ShadowMark.NameHeader, config.MirrorName!));
        marks.Add(HeaderEdit.Own(HeaderEditKind.Set, ShadowMark.ProofHeader, config.Mark.ProofOf(config.MirrorName!)));
        return marks;
    }
}
