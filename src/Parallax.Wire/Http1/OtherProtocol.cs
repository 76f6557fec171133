namespace Parallax.Wire.Http1;

/// <summary>What a connection that is not HTTP/1, or no longer, looks like.</summary>
public enum OtherProtocol : byte
{
    /// <summary>Nothing that is known.</summary>
    Unknown,

    /// <summary>TLS: the HTTP inside is encrypted.</summary>
    Tls,

    /// <summary>HTTP/2 (RFC 9113), with prior knowledge or after an upgrade.</summary>
    Http2,

    /// <summary>gRPC, over HTTP/2.</summary>
    Grpc,

    /// <summary>WebSocket (RFC 6455), after its upgrade.</summary>
    WebSocket,

    /// <summary>SSH.</summary>
    Ssh,

    /// <summary>The protocol of Redis and Valkey.</summary>
    Redis,

    /// <summary>PostgreSQL.</summary>
    PostgreSql,

    /// <summary>MySQL and MariaDB.</summary>
    MySql,

    /// <summary>MongoDB.</summary>
    MongoDb,

    /// <summary>AMQP.</summary>
    Amqp,

    /// <summary>MQTT.</summary>
    Mqtt,

    /// <summary>SMTP, FTP and their like, where the server greets with a number.</summary>
    Smtp,

    /// <summary>SIP, RTSP and other protocols with messages like those of HTTP.</summary>
    Sip,
}
