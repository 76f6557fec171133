using System.Text;

namespace Parallax.Cli.Output;

/// <summary>Which header fields carry credentials; their values are not shown.</summary>
internal static class Credentials
{
    private static readonly string[] Names =
    [
        "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "x-auth-token", "x-csrf-token",
        "x-xsrf-token", "x-amz-security-token", "x-goog-iap-jwt-assertion",
    ];

    private static readonly byte[][] Octets = [.. Names.Select(Encoding.ASCII.GetBytes)];

    /// <summary>What is shown instead of a value.</summary>
    public static ReadOnlySpan<byte> Replacement => "[not shown]"u8;

    public static bool Carries(ReadOnlySpan<byte> name)
    {
        foreach (var carrier in Octets)
        {
            if (Ascii.EqualsIgnoreCase(name, carrier))
            {
                return true;
            }
        }

        return false;
    }
}
