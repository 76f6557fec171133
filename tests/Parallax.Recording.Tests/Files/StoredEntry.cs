using System.Buffers;
using System.Text;
using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Packets;

namespace Parallax.Recording.Tests.Files;

/// <summary>An entry that owns its octets, and can be compared.</summary>
internal sealed class StoredEntry : IEquatable<StoredEntry>
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PURGE"];

    public EntryFacts Facts { get; init; }

    public byte[]? Request { get; init; }

    public byte[]? Response { get; init; }

    public byte[] Label { get; init; } = [];

    public byte[] Mirror { get; init; } = [];

    public byte[] Shadows { get; init; } = [];

    public int ShadowCount { get; init; }

    public RecordedEntry View => new()
    {
        Facts = Facts,
        HasRequest = Request is not null,
        HasResponse = Response is not null,
        Request = Request,
        Response = Response,
        Label = Label,
        Mirror = Mirror,
        Shadows = new(Shadows, ShadowCount),
    };

    public static StoredEntry Of(in RecordedEntry entry) => new()
    {
        Facts = entry.Facts,
        Request = entry.HasRequest ? entry.Request.ToArray() : null,
        Response = entry.HasResponse ? entry.Response.ToArray() : null,
        Label = entry.Label.ToArray(),
        Mirror = entry.Mirror.ToArray(),
        Shadows = entry.Shadows.Octets.ToArray(),
        ShadowCount = entry.Shadows.Count,
    };

    /// <summary>An entry in which everything that can vary does; bodies are any octets.</summary>
    public static StoredEntry Any(Random random, long id)
    {
        var begin = 1_700_000_000_000_000_000 + random.NextInt64(1_000_000_000);
        var shadows = new ArrayBufferWriter<byte>();
        var count = random.Next(3) == 0 ? random.Next(1, 4) : 0;
        for (var shadow = 0; shadow < count; shadow++)
        {
            new RecordedShadow
            {
                Mirror = Encoding.UTF8.GetBytes($"shadow-{shadow}"),
                Response = Octets(random, random.Next(300)),
                Sent = new(begin + 5),
                Last = new(begin + 9),
                Failure = (byte)random.Next(4),
            }.AppendTo(shadows);
        }

        return new()
        {
            Facts = new()
            {
                Id = id,
                Session = random.Next(50),
                SequenceInSession = random.Next(10),
                Client = new(NetworkAddress.FromIPv4((uint)random.NextInt64(1L << 32)), (ushort)random.Next(65_536)),
                Server = new(new(0x2001_0DB8_0000_0000, (ulong)random.NextInt64()), 443),
                Vni = random.Next(-1, 1 << 24),
                Flags = (ExchangeFlags)random.Next(1 << 14),
                Marks = (EntryMarks)random.Next(32),
                RequestFirst = new(begin),
                RequestLast = new(begin + 1),
                ResponseFirst = new(begin + 2),
                ResponseLast = new(begin + 3),
            },
            Request = random.Next(8) == 0 ? null : Message(random, $"{Methods[random.Next(4)]} /{id} HTTP/1.1\r\n\r\n"),
            Response = random.Next(8) == 0 ? null : Message(random, "HTTP/1.1 200 OK\r\n\r\n"),
            Label = random.Next(2) == 0 ? [] : Encoding.ASCII.GetBytes($"{id:x24}"),
            Mirror = random.Next(4) == 0 ? "candidate"u8.ToArray() : [],
            Shadows = shadows.WrittenSpan.ToArray(),
            ShadowCount = count,
        };
    }

    public static List<StoredEntry> Many(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(1, count).Select(id => Any(random, id))];
    }

    public bool Equals(StoredEntry? other) => other is not null && Facts == other.Facts && ShadowCount == other.ShadowCount
        && Same(Request, other.Request) && Same(Response, other.Response)
        && Same(Label, other.Label) && Same(Mirror, other.Mirror) && Same(Shadows, other.Shadows);

    public override bool Equals(object? obj) => Equals(obj as StoredEntry);

    public override int GetHashCode() => Facts.GetHashCode();

    public override string ToString() => $"{Facts} {Request?.Length} {Response?.Length} {Label.Length} {Mirror.Length} {ShadowCount}";

    private static bool Same(byte[]? one, byte[]? other) =>
        one is null ? other is null : other is not null && one.AsSpan().SequenceEqual(other);

    private static byte[] Message(Random random, string head) =>
        [.. Encoding.ASCII.GetBytes(head), .. Octets(random, random.Next(20) == 0 ? random.Next(100_000) : random.Next(400))];

    private static byte[] Octets(Random random, int count)
    {
        var octets = new byte[count];
        random.NextBytes(octets);
        return octets;
    }
}
