namespace Parallax.Recording.Entries;

/// <summary>Why a reader gave an entry of a recording not at all, or not as a whole request: not damage, but what the file is.</summary>
/// <remarks>Thread safety: immutable values. The names for people and JSON are given by <see cref="LeftOutReasons"/>.</remarks>
public enum LeftOutReason : byte
{
    /// <summary>The exchange was not HTTP: <c>data:</c>, <c>blob:</c>, <c>file:</c> and the like, or a WebSocket.</summary>
    NotHttp,

    /// <summary>A cache or a service worker of the browser answered; no server saw the request.</summary>
    FromCache,

    /// <summary>The browser blocked the request, or found no way to a server.</summary>
    NeverSent,

    /// <summary>The request's body is neither in the file nor where the file says it is; the request is given as incomplete.</summary>
    BodyNotInFile,

    /// <summary>After the entry's request stands something more, which may be another request: what no rule has looked at is not sent.
    /// </summary>
    SeveralRequests,

    /// <summary>The method, the target, a field or the host holds what cannot stand there, such as a line end.</summary>
    NotARequest,
}

/// <summary>The reasons and their stable names.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public static class LeftOutReasons
{
    private static readonly (string Name, string Text)[] Names =
    [
        ("not-http", "not HTTP"), ("from-cache", "answered by the browser's cache"), ("never-sent", "never sent by the browser"),
        ("body-not-in-file", "requests whose body is not in the file"), ("several-requests", "more than one request in an entry"),
        ("not-a-request", "what HTTP/1 cannot carry in method, target, host or fields"),
    ];

    /// <summary>How many reasons there are.</summary>
    public static int Count => Names.Length;

    /// <summary>The name in JSON: lower case, words joined by hyphens; it never changes.</summary>
    public static string NameOf(LeftOutReason reason) => Names[(int)reason].Name;

    /// <summary>The same for people.</summary>
    public static string TextOf(LeftOutReason reason) => Names[(int)reason].Text;
}
