using System.Collections.Frozen;

namespace Parallax.Traffic.Rewriting;

/// <summary>What a part of a <see cref="ValueTemplate"/> stands for.</summary>
internal enum ValueOperator : byte
{
    /// <summary>Itself.</summary>
    Text,

    /// <summary>A header of the request, or a part of its request line.</summary>
    Request,

    /// <summary>A header of the response, or its status.</summary>
    Response,

    /// <summary>The client's address and port.</summary>
    Client,

    /// <summary>The client's address.</summary>
    ClientAddress,

    /// <summary>The client's port.</summary>
    ClientPort,

    /// <summary>The address and port the client reached.</summary>
    Local,

    /// <summary>The address the client reached.</summary>
    LocalAddress,

    /// <summary>The port the client reached.</summary>
    LocalPort,

    /// <summary>The request's version of HTTP.</summary>
    Protocol,

    /// <summary>When the request came.</summary>
    StartTime,

    /// <summary>This machine's name.</summary>
    HostName,

    /// <summary>The response's status.</summary>
    ResponseCode,

    /// <summary>The primary's endpoint, address and port.</summary>
    Upstream,

    /// <summary>Envoy knows it; here it stands for nothing.</summary>
    Nothing,
}

/// <summary>The command operators of Envoy by their names.</summary>
internal static class ValueOperators
{
    private static readonly FrozenDictionary<string, ValueOperator> Known = new Dictionary<string, ValueOperator>(StringComparer.Ordinal)
    {
        ["REQ"] = ValueOperator.Request,
        ["RESP"] = ValueOperator.Response,
        ["DOWNSTREAM_REMOTE_ADDRESS"] = ValueOperator.Client,
        ["DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT"] = ValueOperator.ClientAddress,
        ["DOWNSTREAM_REMOTE_PORT"] = ValueOperator.ClientPort,
        ["DOWNSTREAM_DIRECT_REMOTE_ADDRESS"] = ValueOperator.Client,
        ["DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT"] = ValueOperator.ClientAddress,
        ["DOWNSTREAM_DIRECT_REMOTE_PORT"] = ValueOperator.ClientPort,
        ["DOWNSTREAM_LOCAL_ADDRESS"] = ValueOperator.Local,
        ["DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT"] = ValueOperator.LocalAddress,
        ["DOWNSTREAM_LOCAL_PORT"] = ValueOperator.LocalPort,
        ["PROTOCOL"] = ValueOperator.Protocol,
        ["START_TIME"] = ValueOperator.StartTime,
        ["HOSTNAME"] = ValueOperator.HostName,
        ["RESPONSE_CODE"] = ValueOperator.ResponseCode,
        ["UPSTREAM_HOST"] = ValueOperator.Upstream,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // Facts about TLS, connections, sizes and durations that are not kept here, and what only an access log can know.
    private static readonly FrozenSet<string> Others = new[]
    {
        "ACCESS_LOG_TYPE", "BYTES_RECEIVED", "BYTES_RETRANSMITTED", "BYTES_SENT", "CEL", "CLUSTER_METADATA", "COALESCE", "COMMON_DURATION",
        "CONNECTION_ID", "CONNECTION_TERMINATION_DETAILS", "CUSTOM_FLAGS", "DURATION", "DYNAMIC_METADATA", "EMIT_TIME", "ENVIRONMENT",
        "FILTER_CHAIN_NAME", "FILTER_STATE", "GRPC_STATUS", "GRPC_STATUS_NUMBER", "JA3_FINGERPRINT", "JA4_FINGERPRINT",
        "LOCAL_REPLY_BODY", "METADATA", "PACKETS_RETRANSMITTED", "PATH", "PER_REQUEST_STATE", "QUERY_PARAM", "QUERY_PARAMS",
        "REQUESTED_SERVER_NAME", "REQUEST_DURATION", "REQUEST_HEADERS_BYTES", "REQUEST_TX_DURATION", "REQ_WITHOUT_QUERY",
        "RESPONSE_CODE_DETAILS", "RESPONSE_DURATION", "RESPONSE_FLAGS", "RESPONSE_FLAGS_LONG", "RESPONSE_HEADERS_BYTES",
        "RESPONSE_TRAILERS_BYTES", "RESPONSE_TX_DURATION", "ROUNDTRIP_DURATION", "ROUTE_NAME", "SPAN_ID", "START_TIME_LOCAL", "STREAM_ID",
        "TLS_JA3_FINGERPRINT", "TRACE_ID", "TRAILER", "UNIQUE_ID", "VIRTUAL_CLUSTER_NAME", "VIRTUAL_HOST_NAME",
        "DOWNSTREAM_DETECTED_CLOSE_TYPE", "DOWNSTREAM_HANDSHAKE_DURATION", "DOWNSTREAM_HEADER_BYTES_RECEIVED",
        "DOWNSTREAM_HEADER_BYTES_SENT", "DOWNSTREAM_TRANSPORT_FAILURE_REASON", "DOWNSTREAM_WIRE_BYTES_RECEIVED",
        "DOWNSTREAM_WIRE_BYTES_SENT",
    }.ToFrozenSet(StringComparer.Ordinal);

    // Each of them is a family of a dozen.
    private static readonly string[] Families = ["UPSTREAM_", "DOWNSTREAM_PEER_", "DOWNSTREAM_TLS_", "DOWNSTREAM_LOCAL_"];

    /// <summary>The operators that stand for something, as a user writes them.</summary>
    public static string Names { get; } = string.Join(", ", Known.Keys.Order(StringComparer.Ordinal));

    /// <summary>Finds an operator.</summary>
    /// <returns>False when Envoy knows it not, either, and refuses it.</returns>
    public static bool TryFind(string name, out ValueOperator found)
    {
        if (!Known.TryGetValue(name, out found))
        {
            found = ValueOperator.Nothing;
            return Others.Contains(name) || Array.Exists(Families, family => name.StartsWith(family, StringComparison.Ordinal));
        }

        return true;
    }

    /// <summary>True for those that name a header between parentheses, of which a length may be kept.</summary>
    public static bool NamesHeader(ValueOperator found) => found is ValueOperator.Request or ValueOperator.Response;

    /// <summary>True for those that a request has no value for: they tell of its response.</summary>
    public static bool NeedsResponse(ValueOperator found) => found is ValueOperator.Response or ValueOperator.ResponseCode;
}
