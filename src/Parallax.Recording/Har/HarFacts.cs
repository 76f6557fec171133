using System.Net;
using System.Text;
using System.Text.Json;
using Parallax.Recording.Entries;
using Parallax.Recording.JsonLines;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Packets;

namespace Parallax.Recording.Har;

/// <summary>The object <c>_parallax</c> of a HAR entry: what the format has no place for.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class HarFacts
{
    /// <summary>The property's name; the format reserves names with an underscore for such things.</summary>
    public const string Name = "_parallax";

    public static void Write(Utf8JsonWriter json, in RecordedEntry entry, RecordedMessage request)
    {
        var facts = entry.Facts;
        json.WriteStartObject(Name);
        json.WriteNumber("id", facts.Id);
        json.WriteNumber("session", facts.Session);
        json.WriteNumber("sequence", facts.SequenceInSession);
        json.WriteString("clientAddress", Text(facts.Client.Address));
        json.WriteNumber("clientPort", facts.Client.Port);
        json.WriteString("serverAddress", Text(facts.Server.Address));
        json.WriteNumber("serverPort", facts.Server.Port);
        json.WriteNumber("vni", facts.Vni);
        json.WriteNumber("flags", (int)facts.Flags);
        json.WriteNumber("marks", (byte)facts.Marks);
        json.WriteNumber("requestFirst", facts.RequestFirst.Nanoseconds);
        json.WriteNumber("requestLast", facts.RequestLast.Nanoseconds);
        json.WriteNumber("responseFirst", facts.ResponseFirst.Nanoseconds);
        json.WriteNumber("responseLast", facts.ResponseLast.Nanoseconds);
        json.WriteString("label", JsonText.Latin1(entry.Label));
        json.WriteString("target", JsonText.Latin1(request.Head.Target.Of(entry.Request)));
        json.WriteEndObject();
    }

    // The maker of the file chose the numbers: those that do not fit are cut to their lowest bits.
    public static EntryFacts Read(JsonElement facts) => new()
    {
        Id = Number(facts, "id"),
        Session = Number(facts, "session"),
        SequenceInSession = unchecked((int)Number(facts, "sequence")),
        Client = End(facts, "client"),
        Server = End(facts, "server"),
        Vni = unchecked((int)Number(facts, "vni")),
        Flags = (ExchangeFlags)unchecked((int)Number(facts, "flags")),
        Marks = (EntryMarks)unchecked((byte)Number(facts, "marks")),
        RequestFirst = new(Number(facts, "requestFirst")),
        RequestLast = new(Number(facts, "requestLast")),
        ResponseFirst = new(Number(facts, "responseFirst")),
        ResponseLast = new(Number(facts, "responseLast")),
    };

    public static byte[] LabelIn(JsonElement facts) =>
        facts.TryGetProperty("label", out var label) && label.GetString() is { Length: <= byte.MaxValue } text
            ? Encoding.Latin1.GetBytes(text)
            : [];

    private static string Text(NetworkAddress address) => address == default ? "" : address.ToString();

    private static long Number(JsonElement facts, string name) =>
        facts.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? number
            : 0;

    private static Endpoint End(JsonElement facts, string which) =>
        facts.TryGetProperty(which + "Address", out var text) && IPAddress.TryParse(text.GetString(), out var address)
            ? new(JsonText.Address(address), unchecked((ushort)Number(facts, which + "Port")))
            : new(default, unchecked((ushort)Number(facts, which + "Port")));
}
