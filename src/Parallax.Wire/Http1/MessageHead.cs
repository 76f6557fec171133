namespace Parallax.Wire.Http1;

/// <summary>What the head of a message says: places in its octets and the facts that decide about framing and connection.</summary>
/// <remarks>
/// Holds no octets: every <see cref="OctetRange"/> counts from the first octet that was handed to
/// <see cref="HeadReader.TryRead"/>, and is asked for its octets with the span that still holds them. Reusable, so that reading a head
/// allocates nothing once it has seen its largest number of fields. Only valid after <see cref="HeadStatus.Complete"/>.
/// Thread safety: none; one reader at a time.
/// </remarks>
public sealed class MessageHead
{
    private const int FirstCapacity = 16;

    private HeaderField[] _fields = [];

    /// <summary>Request or response.</summary>
    public MessageKind Kind { get; internal set; }

    /// <summary>The method as written; empty in a response.</summary>
    public OctetRange Method { get; internal set; }

    /// <summary>The request target as written; empty in a response.</summary>
    public OctetRange Target { get; internal set; }

    /// <summary>The reason phrase; empty in a request and where it is missing.</summary>
    public OctetRange Reason { get; internal set; }

    /// <summary>The method, when the program knows it; <see cref="KnownMethod.Other"/> in a response.</summary>
    public KnownMethod KnownMethod { get; internal set; }

    /// <summary>0 for HTTP/1.0, 1 for HTTP/1.1 and any later HTTP/1.x. The major version is always 1.</summary>
    public int VersionMinor { get; internal set; }

    /// <summary>False for a request line without a version, as HTTP/0.9 has it; read loosely only.</summary>
    public bool HasVersion { get; internal set; }

    /// <summary>Status code, 100 to 999; read loosely, down to 1 where it has fewer digits. 0 in a request.</summary>
    public int StatusCode { get; internal set; }

    /// <summary>True for a 1xx response: the final one is still to come. 101 is not among them, it is the last HTTP there.</summary>
    public bool IsInterim => StatusCode is >= 100 and < 200 and not 101;

    /// <summary>Number of field lines, those folded counted once.</summary>
    public int FieldCount { get; private set; }

    /// <summary>The field lines in the order of the wire.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is not below <see cref="FieldCount"/>.</exception>
    public HeaderField this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)FieldCount, nameof(index));
            return _fields[index];
        }
    }

    /// <summary>Octets of empty lines before the start line (RFC 9112 §2.2); they are part of <see cref="Length"/>.</summary>
    public int Start { get; internal set; }

    /// <summary>Octets of the head, the blank line that ends it included.</summary>
    public int Length { get; internal set; }

    /// <summary>True when a field goes on on the next line (RFC 9112 §5.2). Not all readers take that for a field, so they may see the
    /// body begin there.</summary>
    public bool HasFolds { get; private set; }

    /// <summary>True when a line ends in a lone LF or a field is folded, as <see cref="Http1Policy.OldLines"/> accepts it.</summary>
    public bool HasOldLines { get; internal set; }

    /// <summary>The value of Content-Length; -1 when there is none that is valid.</summary>
    public long ContentLength { get; internal set; }

    /// <summary>True when there are several lengths that differ, or one that is not a number. Read loosely only; a strict reading refuses
    /// such a message.</summary>
    internal bool LengthIsDoubtful { get; set; }

    /// <summary>True when something follows the coding chunked, or is stuck to it. Read loosely only, as above.</summary>
    internal bool CodingIsDoubtful { get; set; }

    /// <summary>True when the message may be the body of one before it.</summary>
    internal bool IsDistrusted { get; set; }

    /// <summary>True when its end may be in doubt. Of nearly all messages it is not: they have one length.</summary>
    internal bool IsDoubtful => LengthIsDoubtful || HasTransferEncoding || IsDistrusted;

    /// <summary>True when the message has a Transfer-Encoding that makes its body chunked.</summary>
    public bool IsChunked { get; internal set; }

    /// <summary>True when the message has any Transfer-Encoding field.</summary>
    public bool HasTransferEncoding { get; internal set; }

    /// <summary>True when the connection goes on after this message: version and Connection taken together (RFC 9112 §9.3).</summary>
    public bool KeepAlive { get; internal set; }

    /// <summary>Seconds that the sender keeps the connection when nothing happens on it, as Keep-Alive says; 0 also when it takes no more
    /// requests there, -1 when it says nothing.</summary>
    public int KeepAliveSeconds { get; internal set; }

    /// <summary>True when the sender of the body waits for 100 Continue (RFC 9110 §10.1.1).</summary>
    public bool ExpectsContinue { get; internal set; }

    /// <summary>True with an Upgrade field that Connection names (RFC 9110 §7.8).</summary>
    public bool HasUpgrade { get; internal set; }

    /// <summary>The value of the first Host; empty when there is none.</summary>
    public OctetRange Host { get; internal set; }

    /// <summary>All field lines.</summary>
    internal ReadOnlySpan<HeaderField> Fields => _fields.AsSpan(0, FieldCount);

    /// <summary>What is wrong with Transfer-Encoding, for <see cref="Framing"/> to judge.</summary>
    internal Http1Error CodingError { get; set; }

    /// <summary>True once a coding was chunked, whatever followed it.</summary>
    internal bool IsChunkedSoFar { get; set; }

    /// <summary>True between the first octet of a head and its last: the next read goes on where this one stopped.</summary>
    internal bool IsPartial { get; set; }

    /// <summary>True once the start line was read; meant while <see cref="IsPartial"/>.</summary>
    internal bool HasStartLine { get; set; }

    /// <summary>Offset of the first line not read yet.</summary>
    internal int Position { get; set; }

    /// <summary>No line ends between <see cref="Position"/> and here; kept so that a line arriving octet by octet costs O(n).</summary>
    internal int Scanned { get; set; }

    /// <summary>The value of the first field called <paramref name="name"/>, compared without regard to case.</summary>
    /// <param name="octets">The octets the head was read from.</param>
    /// <param name="name">A field name in US-ASCII.</param>
    /// <param name="value">Its value, not empty lines; the default when false is returned.</param>
    public bool TryFind(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> name, out OctetRange value)
    {
        foreach (ref readonly var field in Fields)
        {
            if (field.Name.Length == name.Length && System.Text.Ascii.EqualsIgnoreCase(field.Name.Of(octets), name))
            {
                value = field.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Forgets everything, a head read in part included.</summary>
    public void Reset() => Begin(Kind);

    /// <summary>Becomes equal to <paramref name="other"/>: cheaper than reading the same octets again.</summary>
    /// <param name="other">A head that is whole; not changed, and nothing of it is shared.</param>
    public void CopyFrom(MessageHead other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (_fields.Length < other.FieldCount)
        {
            _fields = new HeaderField[other._fields.Length];
        }

        other.Fields.CopyTo(_fields);
        (Kind, Method, Target, Reason, Host) = (other.Kind, other.Method, other.Target, other.Reason, other.Host);
        (KnownMethod, VersionMinor, HasVersion) = (other.KnownMethod, other.VersionMinor, other.HasVersion);
        (StatusCode, FieldCount, Start, Length) = (other.StatusCode, other.FieldCount, other.Start, other.Length);
        (HasFolds, HasOldLines, ContentLength, KeepAlive) = (other.HasFolds, other.HasOldLines, other.ContentLength, other.KeepAlive);
        (IsChunked, IsChunkedSoFar, HasTransferEncoding) = (other.IsChunked, other.IsChunkedSoFar, other.HasTransferEncoding);
        (ExpectsContinue, HasUpgrade, CodingError) = (other.ExpectsContinue, other.HasUpgrade, other.CodingError);
        KeepAliveSeconds = other.KeepAliveSeconds;
        (LengthIsDoubtful, CodingIsDoubtful, IsDistrusted) = (other.LengthIsDoubtful, other.CodingIsDoubtful, other.IsDistrusted);
        (IsPartial, HasStartLine, Position, Scanned) = (other.IsPartial, other.HasStartLine, other.Position, other.Scanned);
    }

    /// <summary>Follows its octets when some of the target are taken out: everything after them moves to the front.</summary>
    /// <param name="at">The first octet taken out; inside <see cref="Target"/>.</param>
    /// <param name="count">How many; none of them beyond the target's end.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are not all the target's.</exception>
    public void CutTarget(int at, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(at, Target.Start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Target.End - at);
        Target = Target with { Length = Target.Length - count };
        Host = Host.IsEmpty ? Host : Moved(Host, count);
        Length -= count;
        foreach (ref var field in _fields.AsSpan(0, FieldCount))
        {
            field = new HeaderField(Moved(field.Name, count), Moved(field.Value, count));
        }
    }

    internal void Begin(MessageKind kind)
    {
        Kind = kind;
        Method = Target = Reason = Host = default;
        KnownMethod = KnownMethod.Other;
        VersionMinor = StatusCode = FieldCount = Start = Length = Position = Scanned = 0;
        ContentLength = KeepAliveSeconds = -1;
        HasVersion = HasFolds = HasOldLines = IsChunked = HasTransferEncoding = KeepAlive = ExpectsContinue = HasUpgrade = false;
        IsPartial = HasStartLine = IsChunkedSoFar = LengthIsDoubtful = CodingIsDoubtful = IsDistrusted = false;
        CodingError = Http1Error.None;
    }

    internal void Add(OctetRange name, OctetRange value)
    {
        if (FieldCount == _fields.Length)
        {
            Array.Resize(ref _fields, Math.Max(FirstCapacity, FieldCount * 2));
        }

        _fields[FieldCount++] = new HeaderField(name, value);
    }

    private static OctetRange Moved(OctetRange range, int count) => range with { Start = range.Start - count };

    /// <summary>Lets the last field's value reach to <paramref name="fold"/>, the content of a folded line.</summary>
    internal void Fold(OctetRange fold)
    {
        HasFolds = true;
        if (fold.IsEmpty)
        {
            return;
        }

        ref var last = ref _fields[FieldCount - 1];
        last = last with { Value = last.Value.IsEmpty ? fold : OctetRange.Between(last.Value.Start, fold.End) };
    }
}
