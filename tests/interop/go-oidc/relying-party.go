// A relying party on coreos/go-oidc and golang.org/x/oauth2: signs in by a browser, or as a device without one.
package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

type party struct {
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	config   oauth2.Config
	// One person at a time.
	state, nonce, pkce string
	device             *oauth2.DeviceAuthResponse
	token              *oauth2.Token
}

func main() {
	ctx := context.Background()
	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	origin := "http://127.0.0.1:" + os.Getenv("PORT")
	p := &party{
		provider: provider,
		verifier: provider.Verifier(&oidc.Config{ClientID: os.Getenv("CLIENT_ID")}),
		config: oauth2.Config{
			ClientID:     os.Getenv("CLIENT_ID"),
			ClientSecret: os.Getenv("CLIENT_SECRET"),
			Endpoint:     provider.Endpoint(),
			RedirectURL:  origin + "/callback",
			Scopes:       strings.Fields(os.Getenv("SCOPE")),
		},
	}
	http.HandleFunc("/login", p.login)
	http.HandleFunc("/callback", answer(p.callback))
	http.HandleFunc("/device", answer(p.begin))
	http.HandleFunc("/device/tokens", answer(p.wait))
	http.HandleFunc("/refresh", answer(p.refresh))
	go func() { log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil)) }()
	fmt.Println("ready " + origin)
	select {}
}

func (p *party) login(w http.ResponseWriter, r *http.Request) {
	p.state, p.nonce, p.pkce = random(), random(), oauth2.GenerateVerifier()
	address := p.config.AuthCodeURL(p.state, oidc.Nonce(p.nonce), oauth2.S256ChallengeOption(p.pkce))
	http.Redirect(w, r, address, http.StatusSeeOther)
}

func (p *party) callback(r *http.Request) (any, error) {
	query := r.URL.Query()
	if query.Get("state") != p.state {
		return nil, fmt.Errorf("the state is another one")
	}
	token, err := p.config.Exchange(r.Context(), query.Get("code"), oauth2.VerifierOption(p.pkce))
	if err != nil {
		return nil, err
	}
	return p.told(r.Context(), token, p.nonce)
}

// RFC 8628 §3.1.
func (p *party) begin(r *http.Request) (any, error) {
	device, err := p.config.DeviceAuth(r.Context())
	if err != nil {
		return nil, err
	}
	p.device = device
	return map[string]any{
		"user_code":                 device.UserCode,
		"verification_uri":          device.VerificationURI,
		"verification_uri_complete": device.VerificationURIComplete,
		"interval":                  device.Interval,
	}, nil
}

// Asks until somebody has answered, as often as it may.
func (p *party) wait(r *http.Request) (any, error) {
	token, err := p.config.DeviceAccessToken(r.Context(), p.device)
	if err != nil {
		return nil, err
	}
	return p.told(r.Context(), token, "")
}

func (p *party) refresh(r *http.Request) (any, error) {
	old := p.token.RefreshToken
	token, err := p.config.TokenSource(r.Context(), &oauth2.Token{RefreshToken: old}).Token()
	if err != nil {
		return nil, err
	}
	told, err := p.told(r.Context(), token, "")
	if err != nil {
		return nil, err
	}
	told["rotated"] = token.RefreshToken != old
	return told, nil
}

// What the ID token says, once its signature, issuer, audience, expiry and hash are right, and what userinfo adds.
func (p *party) told(ctx context.Context, token *oauth2.Token, nonce string) (map[string]any, error) {
	raw, _ := token.Extra("id_token").(string)
	idToken, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	if nonce != "" && idToken.Nonce != nonce {
		return nil, fmt.Errorf("the nonce is another one")
	}
	if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
		return nil, err
	}
	claims, userinfo := map[string]any{}, map[string]any{}
	if err := idToken.Claims(&claims); err != nil {
		return nil, err
	}
	found, err := p.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, err
	}
	if err := found.Claims(&userinfo); err != nil {
		return nil, err
	}
	p.token = token
	return map[string]any{
		"claims":      claims,
		"userinfo":    userinfo,
		"refreshable": token.RefreshToken != "",
	}, nil
}

func answer(act func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		said, err := act(r)
		if err != nil {
			said = map[string]any{"error": err.Error()}
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(said); err != nil {
			log.Print(err)
		}
	}
}

func random() string {
	value := make([]byte, 24)
	if _, err := rand.Read(value); err != nil {
		log.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(value)
}
