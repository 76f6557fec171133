using System.Buffers;
using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Matching;

/// <summary>Writes the head of the shadow request from the head of the original.</summary>
/// <remarks>
/// <para>Everything is kept octet for octet (order, case, duplicates, line ends, odd octets) except what follows.</para>
/// <list type="bullet">
/// <item>Authority: Host, and that of an absolute-form target, by <see cref="ShadowHost"/>.</item>
/// <item>The path by <see cref="PathRewrite"/>, headers by <see cref="HeaderEdit"/>.</item>
/// <item>Added: <c>x-envoy-internal: true</c> and <c>x-parallax-shadow: NAME</c> (each replaces one that is there), and the own
/// address behind the last <c>x-forwarded-for</c>.</item>
/// <item>Expect is removed: the body is there and sent at once.</item>
/// <item>Connection: <c>close</c>, <c>upgrade</c> and <c>http2-settings</c> are taken out, Upgrade and HTTP2-Settings removed when they
/// were named, because the shadow's connection is ours to keep. A request of HTTP/1.0 keeps its request line and is given
/// <c>Connection: keep-alive</c>, so that its connection can be used again, too.</item>
/// </list>
/// <para>The body needs no change: its framing headers are kept and its octets are sent as they came.</para>
/// <para>Thread safety: immutable; buffers belong to the calling thread. No allocation, but see <see cref="PathRewrite"/>.</para>
/// </remarks>
public sealed class HeadRewriter
{
    /// <summary>The header that marks a shadow. A request that carries it is never mirrored again.</summary>
    public const string MarkName = "x-parallax-shadow";

    // One bit each remembers which edit was carried out.
    private const int MostEdits = 63;

    private readonly RewriteConfig _config;
    private readonly HeaderEdit[] _edits;
    private readonly byte[] _targetAuthority;
    private readonly byte[] _ownAddress;
    private readonly bool _leavesHost;
    private readonly bool _leavesForwardedFor;

    /// <summary>Compiles a configuration.</summary>
    /// <exception cref="ArgumentException">There are too many edits.</exception>
    public HeadRewriter(RewriteConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        _config = config;
        var edits = new List<HeaderEdit>(config.Edits);
        if (!IsEdited(edits, "x-envoy-internal"))
        {
            edits.Add(HeaderEdit.Own(HeaderEditKind.Set, "x-envoy-internal", "true"));
        }

        edits.Add(HeaderEdit.Own(HeaderEditKind.Set, MarkName, config.MirrorName));
        if (edits.Count > MostEdits)
        {
            throw new ArgumentException($"There are {config.Edits.Count} header edits; at most 60 are possible.", nameof(config));
        }

        _edits = [.. edits];
        _targetAuthority = Encoding.Latin1.GetBytes(config.TargetAuthority);
        _ownAddress = Encoding.Latin1.GetBytes(config.OwnAddress?.ToString() ?? "");
        _leavesHost = IsEdited(edits, "host");
        _leavesForwardedFor = config.OwnAddress is null || IsEdited(edits, "x-forwarded-for");
    }

    /// <summary>True when the request is itself a shadow, ours or another Parallax's.</summary>
    public static bool IsMarked(MessageHead head, ReadOnlySpan<byte> octets)
    {
        ArgumentNullException.ThrowIfNull(head);
        return head.TryFind(octets, "x-parallax-shadow"u8, out _);
    }

    /// <summary>Writes the shadow's head, blank line included.</summary>
    /// <param name="head">The original head.</param>
    /// <param name="octets">The octets it was read from, to its blank line at least.</param>
    /// <param name="scratch">The calling thread's.</param>
    /// <param name="output">Where to; appended.</param>
    public void Write(MessageHead head, ReadOnlySpan<byte> octets, Latin1Scratch scratch, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(head);
        var copy = new HeadCopy(octets, head.Start, output);
        WriteTarget(head, ref copy, scratch);

        var facts = default(FieldFacts);
        for (var index = 0; index < head.FieldCount; index++)
        {
            WriteField(head, index, ref copy, ref facts);
        }

        copy.CopyTo(HeadCopy.StartOfBlankLine(octets, head.Length));
        WriteAdditions(head, ref copy, facts);
        copy.CopyTo(head.Length);
    }

    private static bool IsEdited(List<HeaderEdit> edits, string name) => edits.Exists(
        edit => edit.Kind != HeaderEditKind.Add && edit.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private void WriteTarget(MessageHead head, ref HeadCopy copy, Latin1Scratch scratch)
    {
        var target = TargetParts.Of(head, copy.Octets);
        if (!target.Authority.IsEmpty)
        {
            copy.CopyTo(target.Authority.Start);
            _config.Host.Write(target.Authority.Of(copy.Octets), _targetAuthority, copy.Output);
            copy.SkipTo(target.Authority.End);
        }

        if (_config.Path is { } rewrite)
        {
            copy.CopyTo(target.Path.Start);
            if (rewrite.TryWrite(target.Path.Of(copy.Octets), scratch, copy.Output))
            {
                copy.SkipTo(target.Path.End);
            }
        }
    }

    private void WriteField(MessageHead head, int index, ref HeadCopy copy, ref FieldFacts facts)
    {
        var field = head[index];
        var name = field.Name.Of(copy.Octets);
        var edit = EditOf(name);
        if (edit >= 0)
        {
            ApplyEdit(edit, field, ref copy, ref facts);
            return;
        }

        switch (FieldNames.Of(name))
        {
            case FieldName.Host:
                facts.HasHost = true;
                if (!_leavesHost)
                {
                    copy.CopyTo(field.Value.Start);
                    _config.Host.Write(field.Value.Of(copy.Octets), _targetAuthority, copy.Output);
                    copy.SkipTo(field.Value.End);
                }

                break;
            case FieldName.Expect:
            case FieldName.Upgrade or FieldName.Http2Settings when head.HasUpgrade:
                copy.DropLine(field);
                break;
            case FieldName.Connection:
                facts.KeepsAlive |= ConnectionTokens.Write(field, ref copy);
                break;
            case FieldName.ForwardedFor when !_leavesForwardedFor && !HasAnotherForwardedFor(head, index, copy.Octets):
                facts.HasForwardedFor = true;
                copy.CopyTo(field.Value.End);
                copy.Output.Write(field.Value.IsEmpty ? " "u8 : ", "u8);
                copy.Output.Write(_ownAddress);
                break;
            default:
                break;
        }
    }

    private void ApplyEdit(int index, in HeaderField field, ref HeadCopy copy, ref FieldFacts facts)
    {
        var edit = _edits[index];
        var bit = 1UL << index;
        if (edit.Kind == HeaderEditKind.Remove || (facts.EditsDone & bit) != 0)
        {
            copy.DropLine(field);
            return;
        }

        facts.EditsDone |= bit;
        copy.ReplaceValue(field, edit.ValueOctets);
    }

    private void WriteAdditions(MessageHead head, ref HeadCopy copy, in FieldFacts facts)
    {
        if (!facts.HasHost && !_leavesHost && _config.Host.Mode is ShadowHostMode.Target or ShadowHostMode.Literal)
        {
            copy.Output.Write("Host: "u8);
            _config.Host.Write([], _targetAuthority, copy.Output);
            copy.Output.Write("\r\n"u8);
        }

        if (head.VersionMinor == 0 && !facts.KeepsAlive)
        {
            copy.AddLine("Connection"u8, "keep-alive"u8);
        }

        if (!_leavesForwardedFor && !facts.HasForwardedFor)
        {
            copy.AddLine("x-forwarded-for"u8, _ownAddress);
        }

        for (var index = 0; index < _edits.Length; index++)
        {
            var edit = _edits[index];
            if (edit.Kind == HeaderEditKind.Add || (edit.Kind == HeaderEditKind.Set && (facts.EditsDone & (1UL << index)) == 0))
            {
                copy.AddLine(edit.NameOctets, edit.ValueOctets);
            }
        }
    }

    // The last edit that sets or removes this header; an earlier one for the same name has no effect.
    private int EditOf(ReadOnlySpan<byte> name)
    {
        for (var index = _edits.Length - 1; index >= 0; index--)
        {
            var edit = _edits[index];
            if (edit.Kind != HeaderEditKind.Add && edit.NameOctets.Length == name.Length && Ascii.EqualsIgnoreCase(edit.NameOctets, name))
            {
                return index;
            }
        }

        return -1;
    }

    // Several lines of a list header are one list; its end is the end of the last line (RFC 9110 §5.3).
    private static bool HasAnotherForwardedFor(MessageHead head, int index, ReadOnlySpan<byte> octets)
    {
        for (var later = index + 1; later < head.FieldCount; later++)
        {
            if (FieldNames.Of(head[later].Name.Of(octets)) == FieldName.ForwardedFor)
            {
                return true;
            }
        }

        return false;
    }

    private struct FieldFacts
    {
        public bool HasHost { get; set; }

        public bool HasForwardedFor { get; set; }

        public bool KeepsAlive { get; set; }

        public ulong EditsDone { get; set; }
    }
}
