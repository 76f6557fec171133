using Parallax.Fuzz.Engine;
using Parallax.Recording.Gor;

namespace Parallax.Fuzz.Targets;

/// <summary>GoReplay's files.</summary>
internal static class GorTarget
{
    public static FuzzTarget Make() => new()
    {
        Name = "gor",
        Seeds = [SampleEntries.Write(file => new GorWriter(file)), .. SeedFiles.Real("gor", "*.gor", 1)],
        Words =
        [
            "\n\u00f0\u009f\u0090\u00b5\u00f0\u009f\u0099\u0088\u00f0\u009f\u0099\u0089\n", "1 a 1 1\n", "2 a 1 1\n", "3 a 1 1\n", "1 ",
            "2 ", "\n", " ", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "Content-Length: 3\r\n",
            "Transfer-Encoding: chunked\r\n",
        ],
        Run = (input, outcome) => Recordings.Check(() => new GorReader(new MemoryStream(input), "fuzz.gor"), outcome),
    };
}
