namespace Parallax.Wire.Http1;

/// <summary>Tells the methods the program knows from the others; methods are case-sensitive (RFC 9110 §9.1).</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class Methods
{
    /// <summary>The known method called <paramref name="name"/>, or <see cref="KnownMethod.Other"/>.</summary>
    public static KnownMethod Of(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 when name.SequenceEqual("GET"u8) => KnownMethod.Get,
        3 when name.SequenceEqual("PUT"u8) => KnownMethod.Put,
        4 when name.SequenceEqual("POST"u8) => KnownMethod.Post,
        4 when name.SequenceEqual("HEAD"u8) => KnownMethod.Head,
        5 when name.SequenceEqual("PATCH"u8) => KnownMethod.Patch,
        5 when name.SequenceEqual("TRACE"u8) => KnownMethod.Trace,
        6 when name.SequenceEqual("DELETE"u8) => KnownMethod.Delete,
        7 when name.SequenceEqual("OPTIONS"u8) => KnownMethod.Options,
        7 when name.SequenceEqual("CONNECT"u8) => KnownMethod.Connect,
        _ => KnownMethod.Other,
    };

    /// <summary>True when <paramref name="letters"/> are the end, and not the whole, of a known method's name.</summary>
    internal static bool IsEndOfOne(ReadOnlySpan<byte> letters) => letters.Length < 7 && Of(letters) == KnownMethod.Other
        && ("GET"u8.EndsWith(letters) || "PUT"u8.EndsWith(letters) || "POST"u8.EndsWith(letters) || "HEAD"u8.EndsWith(letters)
            || "PATCH"u8.EndsWith(letters) || "TRACE"u8.EndsWith(letters) || "DELETE"u8.EndsWith(letters)
            || "OPTIONS"u8.EndsWith(letters) || "CONNECT"u8.EndsWith(letters));
}
