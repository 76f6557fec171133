using System.Globalization;
using System.Text;

namespace Parallax.TestKit;

/// <summary>A request or a response as a <see cref="TestWire"/> reads it.</summary>
/// <param name="Head">Start line to blank line.</param>
/// <param name="Body">As on the wire, chunk framing included.</param>
public sealed record RawMessage(string Head, byte[] Body)
{
    /// <summary>The number of its connection at the server, from 0.</summary>
    public int Connection { get; init; }

    public string Line => Head[..Head.IndexOf("\r\n", StringComparison.Ordinal)];

    /// <summary>Of a request.</summary>
    public string Target => Head.Split(' ')[1];

    /// <summary>Of a response.</summary>
    public int Status => int.Parse(Head.AsSpan(9, 3), provider: CultureInfo.InvariantCulture);

    public string Text => Encoding.Latin1.GetString(Body);

    public bool IsChunked => Values("transfer-encoding").Any(value => value.EndsWith("chunked", StringComparison.OrdinalIgnoreCase));

    /// <summary>The values of all headers of that name, in order.</summary>
    public string[] Values(string name) =>
    [
        .. Head.Split("\r\n").Skip(1)
            .Select(line => line.Split(':', 2))
            .Where(parts => parts.Length == 2 && parts[0].Equals(name, StringComparison.OrdinalIgnoreCase))
            .Select(parts => parts[1].Trim()),
    ];

    /// <summary>The value of the first header of that name; null when there is none.</summary>
    public string? this[string name] => Values(name).FirstOrDefault();
}
