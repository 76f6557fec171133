using System.Text.RegularExpressions;
using Parallax.Recording.Entries;
using Parallax.Recording.Plx;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;

namespace Parallax.Cli.Tests.Documentation;

/// <summary>docs/recording-format.md against the files the program writes.</summary>
public partial class RecordingFormatPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(RealData.Root, "docs", "recording-format.md"));

    [Theory]
    [InlineData("## File header, {0} bytes", PlxFileHeader.Length)]
    [InlineData("## Block header, {0} bytes", PlxBlockHeader.Length)]
    [InlineData("one row of {0} bytes", PlxIndex.RowLength)]
    [InlineData("a footer of {0} bytes", PlxFooter.Length)]
    [InlineData("major version, 16 bits: {0}\n", PlxFileHeader.MajorVersion)]
    [InlineData("minor version, 16 bits: {0}\n", PlxFileHeader.MinorVersion)]
    [InlineData("at most {0} MiB", PlxBlockHeader.MaxContentBytes >> 20)]
    public void Page_Number_IsThePrograms(string text, int number) => Assert.Contains(string.Format(text, number), Page);

    [Fact]
    public void Page_Magics_AreThoseInAFile()
    {
        Assert.Contains($"magic: {string.Join(' ', PlxFileHeader.Magic.ToArray().Select(octet => octet.ToString("X2")))}", Page);
        Assert.Contains($"magic: \"{System.Text.Encoding.ASCII.GetString(PlxBlockHeader.Magic)}\"", Page);
        Assert.Contains($"magic: \"{System.Text.Encoding.ASCII.GetString(PlxFooter.Magic)}\"", Page);
    }

    [Fact]
    public void Page_AllFlags_HaveARow() =>
        Assert.Equal(Enum.GetValues<ExchangeFlags>().Length - 1, FlagRow().Count(Page) * 2);

    [Fact]
    public void Page_AllFailuresOfShadows_AreNamed() =>
        Assert.All(
            Enumerable.Range(1, byte.MaxValue).Select(number => ShadowFailures.NameOf((byte)number))
                .Where(name => !name.StartsWith("reason-", StringComparison.Ordinal)),
            name => Assert.Contains($"`{name}`", Page));

    // One exchange, written and then taken apart by the offsets of the page.
    [Fact]
    public void Page_Offsets_AreThoseInAFile()
    {
        using var file = new MemoryStream();
        using var writer = new PlxWriter(file, new() { Redaction = RedactionState.Redacted }, TimeProvider.System);
        var facts = new EntryFacts
        {
            Id = 11,
            Session = 12,
            SequenceInSession = 13,
            Vni = 14,
            Flags = (ExchangeFlags)15,
            Marks = (EntryMarks)16,
        };
        writer.TryWrite(facts with { RequestFirst = new(17), ResponseLast = new(18), Client = new(default, 19) }, null, null);
        writer.TryWrite(new() { Facts = facts, HasRequest = true, Request = "request"u8, Label = "label"u8, Mirror = "mirror"u8 });
        writer.Finish();
        var octets = file.ToArray();

        Assert.Equal((1, 64), (octets[12], octets[14]));
        var block = octets.AsSpan(64);
        Assert.Equal((1, 0, 2), (block[8], block[9], block[12]));
        Assert.Equal(octets.Length - 64 - 56 - 56 - 40 - 32, BitConverter.ToInt32(block[40..]));
        var entry = block[56..];
        Assert.Equal((120, 1), (BitConverter.ToInt32(entry), entry[4]));
        var payload = entry[12..];
        Assert.Equal((11, 12, 17, 18), (payload[0], payload[8], payload[48], payload[72]));
        Assert.Equal((13, 14, 15, 19, 16), (payload[80], payload[84], payload[88], payload[92], payload[112]));
        Assert.Equal((-1, -1), (BitConverter.ToInt32(payload[96..]), BitConverter.ToInt32(payload[100..])));
        var second = payload[(120 + 12)..];
        Assert.Equal((7, 5, 6), (second[96], second[110], second[111]));
        Assert.Equal("labelmirrorrequest", System.Text.Encoding.ASCII.GetString(second.Slice(120, 18)));
    }

    [GeneratedRegex(@"^\| [a-z][^|]* \| \d+ \| \| [a-zA-Z][^|]* \| \d+ \|$", RegexOptions.Multiline)]
    private static partial Regex FlagRow();
}
