using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Parallax.Fuzz.Engine;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.Gor;
using Parallax.Recording.Har;
using Parallax.Recording.JsonLines;
using Parallax.Recording.Plx;
using Parallax.Traffic.Exchanges;

namespace Parallax.Fuzz.Targets;

/// <summary>What must hold of every recording that is read, whatever its format.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class Recordings
{
    private const int MaxEntries = 10_000;
    private const int MaxWrittenBytes = 8 << 20;

    /// <summary>Reads to the end, writes each format of it, and reads that again. Only the file itself may be none of its format.</summary>
    /// <param name="open">Opens the file.</param>
    /// <param name="outcome">What it came to.</param>
    public static void Check(Func<IRecordingReader> open, Outcome outcome)
    {
        var reader = new Guarded(open);
        Check(reader, outcome);
        outcome.Add(reader.IsRefused ? 1 : 0);
    }

    private static void Check(Guarded reader, Outcome outcome)
    {
        var plx = new MemoryStream();
        var gor = new MemoryStream();
        var har = new MemoryStream();
        var lines = new MemoryStream();
        var told = new StringBuilder();
        var toldInLines = new StringBuilder();
        var (inGor, inHar, entries) = (0, 0, 0);
        using (var entriesOf = new CheckedEntries(reader))
        {
            using var toPlx = new PlxWriter(plx, new() { BlockBytes = 4096 }, TimeProvider.System);
            using var toGor = new GorWriter(gor);
            using var toHar = new HarWriter(har);
            using var toLines = new JsonLinesWriter(lines);
            while (plx.Length < MaxWrittenBytes && entriesOf.TryRead(out var entry))
            {
                Require.That(++entries <= MaxEntries, "no end of entries");
                outcome.Add((long)entry.Facts.Flags);
                outcome.AddCount(entry.Request.Length);
                outcome.AddCount(entry.Response.Length);
                Require.That(toPlx.TryWrite(entry), "an entry that no .plx file carries");
                told.Append(Text(entry));
                toldInLines.Append(Text(AsALineTells(entry, new())));
                inGor += toGor.TryWrite(entry) ? Messages(entry) : 0;
                inHar += toHar.TryWrite(entry) ? 1 : 0;
                Require.That(toLines.TryWrite(entry), "an entry that no line carries");
            }

            var losses = entriesOf.Losses;
            Require.That(losses.LeftOutBytes >= 0 && losses.LostEntries >= 0, "losses in the negative");
            outcome.AddCount(losses.LeftOutBytes);
            outcome.AddCount(losses.LostEntries);
            toPlx.Finish();
            toGor.Finish();
            toHar.Finish();
            toLines.Finish();
        }

        CheckPlx(plx.ToArray(), told.ToString());
        CheckGor(gor.ToArray(), inGor);
        CheckHar(har.ToArray(), inHar);
        CheckLines(lines.ToArray(), toldInLines.ToString());
    }

    // Of a shadow that was not answered a .gor file has nothing.
    private static int Messages(in RecordedEntry entry)
    {
        var messages = (entry.HasRequest ? 1 : 0) + (entry.HasResponse ? 1 : 0);
        foreach (var shadow in entry.Shadows)
        {
            messages += shadow.Response.IsEmpty ? 0 : 1;
        }

        return messages;
    }

    private static void CheckPlx(byte[] file, string told)
    {
        var again = new StringBuilder();
        using var reader = new PlxReader(new MemoryStream(file), "written.plx");
        while (reader.TryRead(out var entry))
        {
            again.Append(Text(entry));
        }

        Require.Same(told, again.ToString(), "written to .plx and read again");
        Require.That(reader.Losses is { LeftOutBytes: 0, LostEntries: 0 } && reader.WasClosed, "a written .plx is damaged");
    }

    private static void CheckGor(byte[] file, int messages)
    {
        if (file.Length == 0)
        {
            return;
        }

        using var reader = new GorReader(new MemoryStream(file), "written.gor");
        var read = 0;
        while (reader.TryRead(out var entry))
        {
            read += Messages(entry);
        }

        Require.That(read == messages, $"{messages} messages were written to .gor, {read} were read");
        Require.That(reader.Losses.LeftOutBytes == 0, "a written .gor is damaged");
    }

    private static void CheckHar(byte[] file, int entries)
    {
        using var document = JsonDocument.Parse(file);
        var listed = document.RootElement.GetProperty("log").GetProperty("entries").GetArrayLength();
        Require.That(listed == entries, $"{entries} entries were written to .har, {listed} are in it");
        using var reader = new HarReader(new MemoryStream(file), "written.har");
        var read = 0;
        while (reader.TryRead(out _))
        {
            read++;
        }

        Require.That(reader.Losses is { LeftOutBytes: 0, LostEntries: 0 }, "a written .har is damaged");
        Require.That(read + reader.LeftOut.Sum() >= entries, $"{entries} entries were written to .har, {read} were read");
    }

    private static void CheckLines(byte[] file, string told)
    {
        foreach (var line in Encoding.UTF8.GetString(file).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var document = JsonDocument.Parse(line);
            Require.That(document.RootElement.TryGetProperty("id", out _), "a line without an id");
        }

        var again = new StringBuilder();
        using var reader = new JsonLinesReader(new MemoryStream(file), "written.jsonl");
        while (reader.TryRead(out var entry))
        {
            again.Append(Text(entry));
        }

        Require.Same(told, again.ToString(), "written to .jsonl and read again");
        Require.That(reader.Losses == default && reader.LeftOut.Sum() == 0, "a written .jsonl is damaged");
    }

    // A line names flags, and has no name for those of a later version; of a broken list it has the shadows that can be read.
    private static RecordedEntry AsALineTells(in RecordedEntry entry, ArrayBufferWriter<byte> list)
    {
        var count = 0;
        foreach (var shadow in entry.Shadows)
        {
            shadow.AppendTo(list);
            count++;
        }

        var (flags, marks) = (entry.Facts.Flags & Known<ExchangeFlags>(), entry.Facts.Marks & Known<EntryMarks>());
        return entry with { Facts = entry.Facts with { Flags = flags, Marks = marks }, Shadows = new(list.WrittenSpan, count) };
    }

    private static TFlags Known<TFlags>()
        where TFlags : struct, Enum
    {
        var all = Enum.GetValues<TFlags>().Aggregate(0L, (all, flag) => all | Convert.ToInt64(flag, CultureInfo.InvariantCulture));
        return (TFlags)Enum.ToObject(typeof(TFlags), all);
    }

    private static string Text(in RecordedEntry entry) => string.Create(
        CultureInfo.InvariantCulture,
        $"{entry.Facts} {entry.HasRequest} {entry.HasResponse} {Convert.ToHexString(entry.Request)} {Convert.ToHexString(entry.Response)} ")
        + string.Create(
            CultureInfo.InvariantCulture,
            $"{Convert.ToHexString(entry.Label)} {Convert.ToHexString(entry.Mirror)} {Convert.ToHexString(entry.Shadows.Octets)}\n");

    /// <summary>Ends where a file turns out to be none of its format.</summary>
    private sealed class Guarded : IRecordingReader
    {
        private readonly IRecordingReader? _reader;

        public Guarded(Func<IRecordingReader> open)
        {
            try
            {
                _reader = open();
            }
            catch (RecordingException fault)
            {
                Refuse(fault);
            }
        }

        public bool IsRefused { get; private set; }

        public long ReadBytes => _reader?.ReadBytes ?? 0;

        public RecordingLosses Losses => _reader?.Losses ?? default;

        public IReadOnlyList<long> LeftOut => _reader?.LeftOut ?? [];

        public bool TryRead(out RecordedEntry entry)
        {
            entry = default;
            try
            {
                return !IsRefused && _reader!.TryRead(out entry);
            }
            catch (RecordingException fault)
            {
                Refuse(fault);
                return false;
            }
        }

        public void Dispose() => _reader?.Dispose();

        private void Refuse(RecordingException fault)
        {
            IsRefused = true;
            Require.That(fault.Message.Length < 1_000 && !fault.Message.Any(char.IsControl), "the user gets more than one line");
        }
    }
}
