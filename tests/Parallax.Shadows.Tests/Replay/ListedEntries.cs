using System.Text;
using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;

namespace Parallax.Shadows.Tests.Replay;

/// <summary>A recording made of texts.</summary>
internal sealed class ListedEntries(IReadOnlyList<ListedEntries.Entry> entries) : IRecordingReader
{
    private static readonly Timestamp Begin = new(1_700_000_000_000_000_000);

    private int _next;

    public sealed record Entry(string Request, string? Response = null, long Session = 1, double Milliseconds = 0, string? Client = null)
    {
        /// <summary>Place in the session; -1 when nothing numbers them.</summary>
        public int Sequence { get; init; } = -1;

        /// <summary>When the response began; null when that was not recorded.</summary>
        public double? AnsweredMilliseconds { get; init; }

        /// <summary>False when no time was recorded.</summary>
        public bool HasTime { get; init; } = true;
    }

    public long ReadBytes => 0;

    public bool IsOfOneClient { get; init; }

    public bool IsInOrder { get; init; }

    public RecordingLosses Losses => default;

    public bool TryRead(out RecordedEntry entry)
    {
        if (_next == entries.Count)
        {
            entry = default;
            return false;
        }

        var next = entries[_next++];
        entry = new()
        {
            Facts = new()
            {
                Session = next.Session,
                Client = next.Client is null ? default : Endpoint.From(System.Net.IPEndPoint.Parse(next.Client)),
                SequenceInSession = next.Sequence,
                Vni = -1,
                RequestFirst = next.HasTime ? At(next.Milliseconds) : default,
                ResponseFirst = next.AnsweredMilliseconds is { } answered ? At(answered) : default,
            },
            HasRequest = next.Request.Length > 0,
            Request = Encoding.Latin1.GetBytes(next.Request),
            HasResponse = next.Response is not null,
            Response = Encoding.Latin1.GetBytes(next.Response ?? ""),
        };
        return true;
    }

    public void Dispose()
    {
    }

    public static Timestamp At(double milliseconds) => new(Begin.Nanoseconds + (long)(milliseconds * 1e6));

    public static Entry Get(string path, long session = 1, double milliseconds = 0) =>
        new($"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n", null, session, milliseconds);
}
