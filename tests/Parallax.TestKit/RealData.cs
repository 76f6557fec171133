namespace Parallax.TestKit;

/// <summary>The real captures and suites, which are not part of the project: their licences differ.</summary>
public static class RealData
{
    /// <summary>The folder named by PARALLAX_REALDATA, or ../shared/data beside the repository; null when neither exists.</summary>
    public static string? Folder { get; } = Find();

    /// <summary>The path of a file or folder in there; null when the data is absent.</summary>
    public static string? PathOf(params string[] parts)
    {
        var path = Folder is null ? null : Path.Combine([Folder, .. parts]);
        return path is not null && (File.Exists(path) || Directory.Exists(path)) ? path : null;
    }

    /// <summary>The root of the repository: the nearest folder above the tests that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    private static string? Find()
    {
        var named = Environment.GetEnvironmentVariable("PARALLAX_REALDATA");
        var folder = string.IsNullOrEmpty(named) ? Path.Combine(FindRoot(), "..", "shared", "data") : named;
        return Directory.Exists(folder) ? Path.GetFullPath(folder) : null;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Parallax.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("no Parallax.slnx above " + AppContext.BaseDirectory);
    }
}
