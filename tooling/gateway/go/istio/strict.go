package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"google.golang.org/protobuf/proto"
	kubeyaml "k8s.io/apimachinery/pkg/util/yaml"

	meshconfig "istio.io/api/mesh/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"
	security "istio.io/api/security/v1beta1"
	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/config/schema/resource"
	"istio.io/istio/pkg/config/xds"
	"istio.io/istio/pkg/util/protomarshal"
)

// strictly refuses what istiod drops or denies in silence: fields that don't exist, inside an EnvoyFilter's values as
// well, and a check by a provider that the mesh config has not.
func strictly(documents string, mesh *meshconfig.MeshConfig) error {
	decoder := kubeyaml.NewYAMLOrJSONDecoder(strings.NewReader(documents), 512*1024)
	for {
		said := crd.IstioKind{}
		if err := decoder.Decode(&said); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if said.Kind == "" {
			continue
		}
		if err := fits(said, mesh); err != nil {
			return fmt.Errorf("%s %s.%s: %w", said.Kind, said.Name, said.Namespace, err)
		}
	}
}

func fits(said crd.IstioKind, mesh *meshconfig.MeshConfig) error {
	kind := said.GroupVersionKind()
	schema, known := collections.PilotGatewayAPI().FindByGroupVersionAliasesKind(resource.FromKubernetesGVK(&kind))
	if !known {
		return nil // told by the caller
	}
	made, err := schema.NewInstance()
	if err != nil {
		return err
	}
	spec, plain := made.(proto.Message)
	if !plain {
		return nil // the Gateway API: its CRDs prune
	}
	if err := protomarshal.ApplyJSONStrict(string(said.Spec), spec); err != nil {
		return err
	}
	switch spec := spec.(type) {
	case *networking.EnvoyFilter:
		for number, patch := range spec.ConfigPatches {
			if _, err := xds.BuildXDSObjectFromStruct(patch.ApplyTo, patch.GetPatch().GetValue(), true); err != nil {
				return fmt.Errorf("patch %d: %w", number+1, err)
			}
		}
	case *security.AuthorizationPolicy:
		return provided(spec, mesh)
	}
	return nil
}

func provided(policy *security.AuthorizationPolicy, mesh *meshconfig.MeshConfig) error {
	wanted := policy.GetProvider().GetName()
	if wanted == "" {
		return nil
	}
	for _, one := range mesh.ExtensionProviders {
		if one.Name == wanted {
			return nil
		}
	}
	return fmt.Errorf("the mesh config has no extension provider %q: everybody would get 403", wanted)
}
