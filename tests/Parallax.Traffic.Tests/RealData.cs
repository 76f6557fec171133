namespace Parallax.Traffic.Tests;

/// <summary>Where the real inputs are that may not be part of the project.</summary>
internal static class RealData
{
    /// <summary>The path of one of them; skips the test where they are absent.</summary>
    public static string PathOf(string relative)
    {
        var folder = Environment.GetEnvironmentVariable("PARALLAX_REALDATA");
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); folder is null && at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Parallax.slnx")))
            {
                folder = Path.Combine(at.FullName, "..", "shared", "data");
            }
        }

        var path = Path.Combine(folder ?? ".", relative);
        Assert.SkipUnless(File.Exists(path), $"{path} is not there; set PARALLAX_REALDATA");
        return path;
    }
}
