using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Routing;

/// <summary>One of the alternative conditions of a route, compiled.</summary>
/// <remarks>Thread safety: immutable.</remarks>
internal sealed class RouteMatch
{
    private readonly TextMatch? _method;
    private readonly TextMatch? _authority;
    private readonly TextMatch? _scheme;
    private readonly FieldMatch[] _headers;
    private readonly FieldMatch[] _withoutHeaders;
    private readonly FieldMatch[] _parameters;

    public RouteMatch(Route route, RouteMatchConfig config)
    {
        Route = route;
        PathConfig = config.Path;
        Path = config.Path is null ? null : MatchCompiler.Compile(config.Path);
        _method = config.Method is null ? null : MatchCompiler.Compile(config.Method);
        _authority = config.Authority is null ? null : MatchCompiler.Compile(config.Authority);
        _scheme = config.Scheme is null ? null : MatchCompiler.Compile(config.Scheme);
        _headers = [.. config.Headers.Select(MatchCompiler.Compile)];
        _withoutHeaders = [.. config.WithoutHeaders.Select(MatchCompiler.Compile)];
        _parameters = [.. config.QueryParams.Select(MatchCompiler.Compile)];
    }

    /// <summary>The route it belongs to.</summary>
    public Route Route { get; }

    /// <summary>The condition on the path as it was given; null for none.</summary>
    public TextMatchConfig? PathConfig { get; }

    /// <summary>The condition on the path; null for none.</summary>
    public TextMatch? Path { get; }

    /// <summary>True when everything but the path fulfils the condition.</summary>
    public bool MatchesBesidesPath(in RoutedRequest request, ReadOnlySpan<byte> authority, ReadOnlySpan<byte> query)
    {
        if (_method is not null && !_method.Matches(request.Head.Method.Of(request.Octets), request.Scratch))
        {
            return false;
        }

        if (_authority is not null && !_authority.Matches(authority, request.Scratch))
        {
            return false;
        }

        return (_scheme is null || _scheme.Matches(request.Scheme, request.Scratch))
            && HeadersMatch(request) && ParametersMatch(query, request.Scratch);
    }

    private bool HeadersMatch(in RoutedRequest request)
    {
        var scheme = request.IsTrusted ? default : request.Scheme;
        foreach (var header in _headers)
        {
            if (!header.MatchesHeader(request.Head, request.Octets, request.Scratch, scheme))
            {
                return false;
            }
        }

        foreach (var header in _withoutHeaders)
        {
            if (!header.RefusesHeader(request.Head, request.Octets, request.Scratch, scheme))
            {
                return false;
            }
        }

        return true;
    }

    private bool ParametersMatch(ReadOnlySpan<byte> query, Latin1Scratch scratch)
    {
        foreach (var parameter in _parameters)
        {
            if (!parameter.MatchesParam(query, scratch))
            {
                return false;
            }
        }

        return true;
    }
}
