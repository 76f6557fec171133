using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Configuration.Reading;

/// <summary>Finds and checks the PEM files of certificates.</summary>
internal static class CertificateFiles
{
    /// <summary>Reports a file that is not there.</summary>
    /// <param name="file">The file.</param>
    /// <param name="place">Where it is named.</param>
    /// <param name="consequence">What becomes of what needs it.</param>
    /// <param name="findings">Where the warning goes.</param>
    public static bool Check(string file, Place place, string consequence, Findings findings)
    {
        if (File.Exists(file))
        {
            return true;
        }

        findings.Warning("REF305", place, $"names the file {file}, which is not there; {consequence}");
        return false;
    }

    /// <summary>What is wrong with a certificate and its key; null when they can be used.</summary>
    public static string? ProblemOf(string certificateFile, string keyFile)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
            return null;
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return $"{certificateFile} and {keyFile} are not a certificate and its key: {exception.Message}";
        }
    }

    /// <summary>The files of a named credential: NAME.crt and NAME.key, or NAME/tls.crt and NAME/tls.key as a mounted secret has them.
    /// </summary>
    public static CertificateConfig? Find(string? folder, string name)
    {
        if (folder is null || name.Contains('/', StringComparison.Ordinal) || name is "." or "..")
        {
            return null;
        }

        var pairs = new[]
        {
            (Path.Combine(folder, $"{name}.crt"), Path.Combine(folder, $"{name}.key")),
            (Path.Combine(folder, name, "tls.crt"), Path.Combine(folder, name, "tls.key")),
        };
        return pairs
            .Where(pair => File.Exists(pair.Item1) && File.Exists(pair.Item2))
            .Select(pair => new CertificateConfig(pair.Item1, pair.Item2))
            .FirstOrDefault();
    }

    /// <summary>The file with the authorities for clients of a named credential; null when there is none.</summary>
    public static string? FindAuthorities(string? folder, string name) =>
        folder is null || name.Contains('/', StringComparison.Ordinal) ? null
        : new[]
        {
            Path.Combine(folder, $"{name}-cacert.crt"), Path.Combine(folder, $"{name}.ca"), Path.Combine(folder, name, "ca.crt"),
            Path.Combine(folder, $"{name}-cacert", "ca.crt"),
        }.FirstOrDefault(File.Exists);
}
