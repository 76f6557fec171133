using System.IO.Compression;
using Parallax.Wire.Packets;
using Parallax.Wire.PcapFiles;

namespace Parallax.Wire.Tests.PcapFiles;

/// <summary>Real captures. They are not part of the project; where they are absent the tests are skipped.</summary>
public sealed class RealCaptureTests
{
    private static readonly string? Folder = FindFolder();

    [Fact]
    public void TryRead_CatalogueOfCaptures_GivesAsManyPacketsAsItSays()
    {
        var lines = File.ReadLines(Existing("catalogue.tsv")).Skip(1).Select(line => line.Split('\t')).ToList();
        var wrong = new List<string>();
        foreach (var fields in lines)
        {
            var (packets, _) = Walk(Existing(Path.Combine("captures", fields[4])));
            if (packets.ToString() != fields[9])
            {
                wrong.Add($"{fields[4]}: {packets} instead of {fields[9]}");
            }
        }

        Assert.Empty(wrong);
        Assert.True(lines.Count > 500);
    }

    [Fact]
    public void TryRead_MalformedCaptures_IsOnlyEverAStatus()
    {
        var files = Directory.GetFiles(Existing("robust"), "*", SearchOption.AllDirectories);
        Assert.All(files, file => Walk(file));
        Assert.True(files.Length > 1_000);
    }

    private static (int Packets, ReadStatus Status) Walk(string path)
    {
        var octets = ReadFile(path);
        var reader = new CaptureFileReader();
        var decoder = new PacketDecoder();
        var packets = 0;
        ReadStatus status;
        var rest = octets.AsSpan();
        while ((status = reader.TryRead(rest, out var consumed, out var packet)) == ReadStatus.Packet)
        {
            decoder.TryDecode(packet.Octets, packet.Link, packet.Time, packet.OriginalLength, out _);
            rest = rest[consumed..];
            packets++;
        }

        Assert.Equal(packets, decoder.Counters.Packets);
        return (packets, status);
    }

    private static byte[] ReadFile(string path)
    {
        var octets = File.ReadAllBytes(path);
        if (octets is not [0x1F, 0x8B, ..])
        {
            return octets;
        }

        using var unzipped = new MemoryStream();
        try
        {
            using var zipped = new GZipStream(new MemoryStream(octets), CompressionMode.Decompress);
            zipped.CopyTo(unzipped);
        }
        catch (InvalidDataException)
        {
            // What could be unzipped is the file.
        }

        return unzipped.ToArray();
    }

    private static string Existing(string name)
    {
        if (Folder is null)
        {
            Assert.Skip("the real captures are not here; PARALLAX_REALDATA may name their folder");
        }

        return Path.Combine(Folder, name);
    }

    private static string? FindFolder()
    {
        if (Environment.GetEnvironmentVariable("PARALLAX_REALDATA") is { Length: > 0 } named)
        {
            return Directory.Exists(named) ? named : null;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Parallax.slnx")))
            {
                var data = Path.Combine(folder.FullName, "..", "shared", "data");
                return Directory.Exists(data) ? data : null;
            }
        }

        return null;
    }
}
