using System.Text;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Recording;
using Parallax.Wire;

namespace Parallax.Traffic.Tests.Replay;

/// <summary>A recording made of texts.</summary>
internal sealed class ListedEntries(IReadOnlyList<ListedEntries.Entry> entries) : IRecordingReader
{
    private static readonly Timestamp Begin = new(1_700_000_000_000_000_000);

    private int _next;

    public sealed record Entry(string Request, string? Response = null, long Session = 1, double Milliseconds = 0, string? Client = null);

    public long ReadBytes => 0;

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
                SequenceInSession = -1,
                Vni = -1,
                RequestFirst = new(Begin.Nanoseconds + (long)(next.Milliseconds * 1e6)),
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

    public static Entry Get(string path, long session = 1, double milliseconds = 0) =>
        new($"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n", null, session, milliseconds);
}
