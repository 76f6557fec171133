using System.Globalization;
using System.Text.Json;

namespace Parallax.Recording.Har;

/// <summary>The fields of a message in a HAR file, as HTTP/1 can carry them, in their order.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class HarFields
{
    private const string TokenMarks = "!#$%&'*+-.^_`|~";

    private readonly List<(string Name, string Value)> _fields = [];
    private readonly bool _isExact;

    /// <summary>Reads them from an array of name and value, or from an object.</summary>
    /// <param name="message">Request or response.</param>
    /// <param name="isExact">True takes them as they are: the file is our own.</param>
    public HarFields(JsonElement message, bool isExact)
    {
        _isExact = isExact;
        foreach (var field in HarJson.Members(message, "headers"))
        {
            Add(HarJson.Text(field, "name"), HarJson.Text(field, "value"));
        }

        if (HarJson.TryGet(message, "headers", JsonValueKind.Object, out var map))
        {
            foreach (var field in map.EnumerateObject())
            {
                Add(field.Name, HarJson.Text(field.Value));
            }
        }
    }

    /// <summary>False when a name or value ends a line where none is ended by browsers, or by ourselves in our own files: somebody else
    /// wrote it, to have lines of their own in the message. What else HTTP/1 cannot carry is left out.</summary>
    public bool AreCarried { get; private set; } = true;

    /// <summary>What HTTP/2 calls <c>:authority</c>; empty when there is none.</summary>
    public string Authority { get; private set; } = "";

    /// <summary>The fields.</summary>
    public IReadOnlyList<(string Name, string Value)> All => _fields;

    /// <summary>The length that was recorded; -1 when none was, or it is not a number.</summary>
    public long ContentLength =>
        long.TryParse(this["content-length"], NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : -1;

    /// <summary>True when text is a token (RFC 9110 §5.6.2), as methods and names of fields are.</summary>
    public static bool IsToken(string text) =>
        text.Length > 0 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || TokenMarks.Contains(letter, StringComparison.Ordinal));

    /// <summary>True when text holds no control characters but tabs, and so ends no line (RFC 9110 §5.5).</summary>
    public static bool CanCarry(string text) => !text.Any(IsControl);

    /// <summary>True when text holds what ends a line, or a string.</summary>
    public static bool EndsLine(string text) => text.AsSpan().ContainsAny('\r', '\n', '\0');

    /// <summary>The same text with a blank in the place of each control character.</summary>
    public static string Carried(string text) =>
        CanCarry(text) ? text : string.Concat(text.Select(letter => IsControl(letter) ? ' ' : letter));

    /// <summary>The value of the first field of that name; empty when there is none.</summary>
    public string this[string name] => _fields.Find(field => Is(field.Name, name)).Value ?? "";

    /// <summary>True when there is such a field.</summary>
    public bool Has(string name) => _fields.Exists(field => Is(field.Name, name));

    /// <summary>Takes all fields of a name out.</summary>
    public void Remove(string name) => _fields.RemoveAll(field => Is(field.Name, name));

    /// <summary>Sets a field, in its place when it is there.</summary>
    public void Set(string name, string value)
    {
        var at = _fields.FindIndex(field => Is(field.Name, name));
        var written = at < 0 ? name : _fields[at].Name;
        Remove(name);
        _fields.Insert(at < 0 ? _fields.Count : Math.Min(at, _fields.Count), (written, value));
    }

    /// <summary>Keeps only the first field of a name.</summary>
    public void KeepFirst(string name)
    {
        if (Has(name))
        {
            Set(name, this[name]);
        }
    }

    // chrome-har writes again what it hears of twice. No cookie is set twice to the same.
    private bool IsRepeated(string name, string value) => _fields.Exists(field => Is(field.Name, name) && field.Value == value);

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);

    // Several lines of a field are one value with line feeds in browsers. What HTTP/1 cannot carry is not a field.
    private void Add(string name, string value)
    {
        if (name.StartsWith(':'))
        {
            Authority = name is ":authority" or ":host" && CanCarry(value) ? value : Authority;
            return;
        }

        if (_isExact)
        {
            // What a server took is kept, be it odd: a name with a blank, a value with a bell. Only what ends a line cannot be.
            var text = Unfolded(value);
            AreCarried &= name.Length > 0 && !EndsLine(name) && !EndsLine(text);
            _fields.Add((name, text));
            return;
        }

        AreCarried &= !EndsLine(name) && !value.AsSpan().Trim(" \t\r\n").Contains('\r');
        if (!IsToken(name) || !AreCarried)
        {
            return;
        }

        foreach (var line in value.Split('\n').Select(line => line.Trim(' ', '\t', '\r')))
        {
            if (CanCarry(line) && !IsRepeated(name, line))
            {
                _fields.Add((name, line));
            }
        }
    }

    // A line end with a blank after it ends no field (RFC 9112 §5.2).
    private static string Unfolded(string value)
    {
        var lines = value.Split('\n');
        return lines.Length > 1 && lines.Skip(1).All(line => line.StartsWith(' ') || line.StartsWith('\t'))
            ? string.Join(' ', lines.Select(line => line.Trim(' ', '\t', '\r')))
            : value;
    }

    private static bool IsControl(char letter) => letter is (< ' ' and not '\t') or '\u007F';
}
