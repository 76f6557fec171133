namespace Parallax.Traffic.Redaction;

/// <summary>What a mark stands for.</summary>
internal enum SecretKind : byte
{
    /// <summary>The value of something that is called like a secret.</summary>
    Secret,

    /// <summary>User and password of a URL.</summary>
    User,

    /// <summary>A token whose issuer is not among the others, or that stands in a path.</summary>
    Token,

    /// <summary>Credentials.</summary>
    Authorization,

    /// <summary>The value of a cookie.</summary>
    Cookie,

    /// <summary>The value of a header that is not known to be harmless.</summary>
    Header,

    /// <summary>An e-mail address.</summary>
    Email,

    /// <summary>A JSON Web Token (RFC 7519).</summary>
    Jwt,

    /// <summary>The number of a payment card.</summary>
    Card,

    /// <summary>An account number (ISO 13616).</summary>
    Iban,

    /// <summary>A private key or certificate in PEM (RFC 7468).</summary>
    Pem,

    /// <summary>An access key of AWS.</summary>
    AwsKey,

    /// <summary>A token of GitHub.</summary>
    GithubToken,

    /// <summary>A token of Slack.</summary>
    SlackToken,

    /// <summary>A key of Stripe.</summary>
    StripeKey,

    /// <summary>A part of a body that cannot be looked into.</summary>
    Withheld,
}

/// <summary>The names of the kinds.</summary>
internal static class SecretKinds
{
    /// <summary>As it stands in a mark; it never changes.</summary>
    public static ReadOnlySpan<byte> NameOf(SecretKind kind) => kind switch
    {
        SecretKind.User => "user"u8,
        SecretKind.Token => "token"u8,
        SecretKind.Authorization => "authorization"u8,
        SecretKind.Cookie => "cookie"u8,
        SecretKind.Header => "header"u8,
        SecretKind.Email => "email"u8,
        SecretKind.Jwt => "jwt"u8,
        SecretKind.Card => "card"u8,
        SecretKind.Iban => "iban"u8,
        SecretKind.Pem => "pem"u8,
        SecretKind.AwsKey => "aws-key"u8,
        SecretKind.GithubToken => "github-token"u8,
        SecretKind.SlackToken => "slack-token"u8,
        SecretKind.StripeKey => "stripe-key"u8,
        SecretKind.Withheld => "withheld"u8,
        _ => "secret"u8,
    };
}
