using System.Net;
using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Tests.Configuration;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>Configurations made from documents, with backends that a test runs.</summary>
internal static class MirrorDocuments
{
    /// <summary>Loads documents whose listeners get ports the system chooses. Each name is the service of a backend.</summary>
    public static ProxyConfig Load(string yaml, params (string Service, IPEndPoint Address)[] backends)
    {
        var endpoints = Loading.Resolving([.. backends.Select(backend => $"{backend.Service}={backend.Address}")]).Endpoints;
        var listeners = Loading.Listening("80=127.0.0.1:0", "mesh=127.0.0.1:0");
        return Loading.Config(yaml, new LoadOptions { Endpoints = endpoints, Listeners = listeners });
    }

    /// <summary>Loads a Gateway and an HTTPRoute with these rules, indented by two.</summary>
    public static ProxyConfig LoadRules(string rules, params (string Service, IPEndPoint Address)[] backends) => Load(
        $"""
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {"{name: front}"}
        spec:
          gatewayClassName: parallax
          listeners: [{"{name: http, port: 80, protocol: HTTP}"}]
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {"{name: mirrors}"}
        spec:
          parentRefs: [{"{name: front}"}]
          rules:
        {rules}
        """,
        backends);

    /// <summary>Loads a VirtualService with this route, indented by two.</summary>
    public static ProxyConfig LoadRoute(string route, params (string Service, IPEndPoint Address)[] backends) => Load(
        $"""
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {"{name: mirrors}"}
        spec:
          hosts: ['*']
          http:
        {route}
        """,
        backends);
}
